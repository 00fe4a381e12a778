"""The joined example clips as tiny.en reads them, computed beforehand so that the page teaches at once; tested.

Written by `long_sound.follow` and `long_sound.chunked` (filling: zeros).
"""

TURNS = (
    (
        0.0,
        (
            (0.0, 5.54, " And Mr. John Dashwood had then leisure to consider how much there might be prudently in"),
            (5.54, 7.38, " his power to do for them."),
            (7.38, 10.42, " He was not an ill-disposed young man."),
            (10.42, 15.78, " Unless to be rather cold-hearted and rather selfish is to be ill-disposed."),
            (15.78, 20.5, " Had he married a more amiable woman he might have been made still more respectable than"),
            (20.5, 21.74, " he was."),
            (21.74, 25.02, " He might even have been made amiable himself."),
            (25.02, 28.02, " He was not an ill-disposed young man."),
        ),
        28.02,
        "",
        "The last closed segment ends at <|28.02|>: the next window starts there.",
        "<|0.00|> And Mr. John Dashwood had then leisure to consider how much there might be prudently "
        "in<|5.54|><|5.54|> his power to do for them.<|7.38|><|7.38|> He was not an ill-disposed young "
        "man.<|10.42|><|10.42|> Unless to be rather cold-hearted and rather selfish is to be "
        "ill-disposed.<|15.78|><|15.78|> Had he married a more amiable woman he might have been made "
        "still more respectable than<|20.50|><|20.50|> he was.<|21.74|><|21.74|> He might even have been "
        "made amiable himself.<|25.02|><|25.02|> He was not an ill-disposed young "
        "man.<|28.02|><|28.02|>",
    ),
    (
        28.02,
        (
            (28.02, 33.32, " Unless to be rather cold-hearted and rather selfish is to be old-sposed."),
            (33.32, 36.62, " He might even have been made amiable himself."),
            (36.62, 41.86, " And Mr. John Dashwood had then leisure to consider how much there might be prudently in"),
            (41.86, 43.7, " his power to do for them."),
            (43.7, 46.66, " He was not an old-sposed young man."),
            (46.66, 52.1, " Unless to be rather cold-hearted and rather selfish is to be old-sposed."),
            (52.1, 56.82, " Had he married a more amiable woman he might have been made still more respectable than"),
            (56.82, 57.82, " he was."),
        ),
        57.82,
        "",
        "The last closed segment ends at <|29.80|>: the next window starts there.",
        "<|0.00|> Unless to be rather cold-hearted and rather selfish is to be "
        "old-sposed.<|5.30|><|5.30|> He might even have been made amiable himself.<|8.60|><|8.60|> And "
        "Mr. John Dashwood had then leisure to consider how much there might be prudently "
        "in<|13.84|><|13.84|> his power to do for them.<|15.68|><|15.68|> He was not an old-sposed young "
        "man.<|18.64|><|18.64|> Unless to be rather cold-hearted and rather selfish is to be "
        "old-sposed.<|24.08|><|24.08|> Had he married a more amiable woman he might have been made still "
        "more respectable than<|28.80|><|28.80|> he was.<|29.80|><|29.80|>",
    ),
    (
        57.82,
        ((57.82, 60.82, " He might even have been made amiable himself."),),
        61.04,
        "",
        "No two timestamps stand together, so no place to go on from is given: on by the whole window.",
        "<|0.00|> He might even have been made amiable himself.<|3.00|>",
    ),
)

CHUNKS = {
    (10, 0): (
        (
            0.0,
            10.0,
            "And Mr. John Dashwood had then leisure to consider how much there might be prudently "
            "in his power to do for them. He was not an ill-disposed young man.",
        ),
        (
            10.0,
            20.0,
            "Unless to be rather cold-hearted and rather selfish is to be ill-disposed. Had he "
            "married a more amiable woman he might have been made still more respite.",
        ),
        (
            20.0,
            30.0,
            "of all that he was. He might even have been made amiable himself. He was not an "
            "ill-disposed young man, unless to be rather cold-hearted.",
        ),
        (30.0, 40.0, "and rather selfish, is to be old-sposed. He might even have been made amiable himself."),
        (
            40.0,
            50.0,
            "how much there might be prudently in his power to do for them. He was not an "
            "ill-disposed young man, unless to be rather cold-hearted and rather selfish.",
        ),
        (
            50.0,
            60.0,
            "is to be old-sposed? Had he married a more amiable woman, he might have been made "
            "still more respectable than he was. He might even have been made amiable.",
        ),
        (60.0, 61.04, "himself."),
    ),
    (10, 2): (
        (
            0.0,
            10.0,
            "And Mr. John Dashwood had then leisure to consider how much there might be prudently "
            "in his power to do for them. He was not an ill-disposed young man.",
        ),
        (
            8.0,
            18.0,
            "An ill-disposed young man, unless to be rather cold-hearted and rather selfish, is to "
            "be ill-disposed, had he married a more amiable woman?",
        ),
        (
            16.0,
            26.0,
            "married a more amiable woman he might have been made still more respectable than he "
            "was. He might even have been made amiable himself. He was not.",
        ),
        (
            24.0,
            34.0,
            "himself. He was not an ill-disposed young man. Unless to be rather cold-hearted and "
            "rather selfish, is to be ill-disposed. He might even",
        ),
        (
            32.0,
            42.0,
            "disposed. He might even have been made amiable himself. And Mr. John Dashwood had "
            "then leisure to consider how much there might be prudently in it.",
        ),
        (
            40.0,
            50.0,
            "how much there might be prudently in his power to do for them. He was not an "
            "ill-disposed young man, unless to be rather cold-hearted and rather selfish.",
        ),
        (
            48.0,
            58.0,
            "hearted and rather selfish, is to be ill-disposed. Had he married a more amiable "
            "woman he might have been made still more respectable than he was.",
        ),
        (56.0, 61.04, "respectable than he was. He might even have been made amiable himself."),
    ),
}

// The algorithm SM-2: when to ask again. P. A. Wozniak, Optimization of learning (1990), section 3.2.
// A card is { n: times known in a row, ef: easiness, 1.3 or more, days: the last interval, due: day on which to ask }.
// Days are counted since 1970; a quality is 0 (not at all) to 5 (at once), and less than 3 is not known.

export const NEW = Object.freeze({ n: 0, ef: 2.5, days: 0, due: 0 });

export function review(card, quality, today) {
  if (quality < 3) return { ...card, n: 0, days: 1, due: today + 1 }; // from the beginning; the easiness stays
  const ef = Math.max(1.3, card.ef + 0.1 - (5 - quality) * (0.08 + (5 - quality) * 0.02));
  const days = card.n === 0 ? 1 : card.n === 1 ? 6 : Math.ceil(card.days * card.ef);
  return { ...card, n: card.n + 1, ef, days, due: today + days };
}

/* Reads normalised MFCCs as text, KWS_INPUTS numbers a clip, and prints the class of each clip and its logits.
 *
 *     cc -std=c99 -O2 main.c @NAME@.c -o kws && ./kws < mfcc.txt
 */
#include <stdio.h>

#include "@HEADER@"

int main(void)
{
    static int8_t mfcc[KWS_INPUTS];
    double x;

    for (int n = 0; scanf("%lf", &x) == 1;) {
        double q = x / (double)KWS_INPUT_SCALE + KWS_INPUT_ZERO;
        q = q < -128 ? -128 : q > 127 ? 127 : q;
        mfcc[n++] = (int8_t)(q < 0 ? q - 0.5 : q + 0.5);
        if (n < KWS_INPUTS)
            continue;
        n = 0;
        const int8_t *logits;
        int best = kws_classify(mfcc, &logits);
        printf("%d %s", best, kws_labels[best]);
        for (int c = 0; c < KWS_CLASSES; c++)
            printf(" %d", logits[c]);
        printf("\n");
    }
    return 0;
}

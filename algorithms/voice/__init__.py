"""The voice changer's effects, defined once for Python and the browser.

- `effects`: the chain that runs effects on a stream; `table`: every effect and its settings; `presets`: named chains
- `kernels/`: the effects' sums; `compile`: numba compiles them
- `kernel_js`: rewrites them in JavaScript and, with `chain.js`, writes the browser's `engine.js`
- `measures`: what a changed voice kept
"""

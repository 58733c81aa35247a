"""Golden values of Griffin and Lim's algorithm, by librosa: sounds from magnitudes, with and without momentum.

    python scripts/dev/golden/griffin_lim.py > tests/golden/griffin_lim.json
"""

import json
import sys

import librosa
import numpy as np

FFT, WINDOW, HOP, RATE = 64, 48, 16, 8000


def flat(values):
    return [float(f"{v:.7g}") for v in np.asarray(values).flatten()]


time = np.arange(400) / RATE
sound = 0.5 * np.sin(2 * np.pi * (300 + 4000 * time) * time) + 0.2 * np.sin(2 * np.pi * 1700 * time)
options = dict(hop_length=HOP, win_length=WINDOW)
magnitudes = np.abs(librosa.stft(sound.astype(np.float32), n_fft=FFT, **options))


def case(iterations, momentum):
    made = librosa.griffinlim(magnitudes, n_iter=iterations, momentum=momentum, init=None, n_fft=FFT, **options)
    left = magnitudes - np.abs(librosa.stft(made, n_fft=FFT, **options))
    convergence = np.linalg.norm(left) / np.linalg.norm(magnitudes)
    return {"iterations": iterations, "momentum": momentum, "sound": flat(made), "convergence": float(convergence)}


json.dump({
    "source": f"python scripts/dev/golden/griffin_lim.py, librosa {librosa.__version__}",
    "sizes": {"fftSize": FFT, "windowLength": WINDOW, "hopLength": HOP},
    "frames": magnitudes.shape[1],
    "bins": magnitudes.shape[0],
    "magnitudes": flat(magnitudes.T),
    "cases": [case(1, 0), case(8, 0), case(8, 0.99)],
}, sys.stdout, separators=(",", ":"))

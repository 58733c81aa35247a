"""Writes tests/golden/audio.json: what librosa and SciPy make of a short sound.

    python3 -m venv venv && venv/bin/pip install librosa==0.11.0 scipy soundfile
    venv/bin/python scripts/dev/golden/audio.py > tests/golden/audio.json

The sound is a sum of sines that both sides compute; the Ogg file is made by libsndfile.
"""

import base64
import io
import json

import librosa
import numpy as np
import scipy
import scipy.signal
import soundfile

RATE = 8000
LENGTH = 1201


def sound(length=LENGTH):
    n = np.arange(length, dtype=np.float64)
    x = 0.4 * np.sin(0.09 * n) + 0.3 * np.sin(0.00035 * n * n) + 0.05 * np.cos(2.1 * n)
    return (x * np.minimum(1, n / 200)).astype(np.float32)


def numbers(x, digits=7):
    return [float(f"{v:.{digits}g}") for v in np.asarray(x, dtype=np.float64).ravel()]


x = sound()
small = {"n_fft": 256, "hop_length": 100}
odd = {"n_fft": 200, "hop_length": 80, "win_length": 150, "window": "hamming"}
out = {
    "source": f"librosa {librosa.__version__}, SciPy {scipy.__version__}, NumPy {np.__version__}; "
    "scripts/dev/golden/audio.py",
    "rate": RATE,
    "length": LENGTH,
    "stft": [],
    "windows": {
        name: numbers(scipy.signal.get_window(name, 11)) for name in ["hann", "hamming", "blackman"]
    },
    "kaiser": numbers(scipy.signal.get_window(("kaiser", 5.0), 9, fftbins=False)),
}
for options in [small, odd, {**small, "center": False}]:
    s = librosa.stft(x, **options)[:, ::4].T
    out["stft"].append({"options": options, "re": numbers(s.real, 6), "im": numbers(s.imag, 6)})
transform = librosa.stft(x, **small)
changed = transform * np.exp(0.3j * np.arange(transform.shape[1]))  # no sound has this transform
out["istft"] = numbers(librosa.istft(changed, **small, length=LENGTH)[::5], 6)
out["filters"] = [
    {
        "htk": htk,
        "norm": norm,
        "values": numbers(
            librosa.filters.mel(
                sr=RATE, n_fft=256, n_mels=20, fmin=50, fmax=3800, htk=htk, norm="slaney" if norm else None
            )[::3],
            6,
        ),
    }
    for htk, norm in [(False, True), (True, False)]
]
mel = librosa.feature.melspectrogram(y=x, sr=RATE, n_mels=40, **small)
out["mel"] = numbers(mel.T, 6)
out["decibels"] = numbers(librosa.power_to_db(mel, ref=np.max, top_db=60).T, 6)
out["mfcc"] = numbers(librosa.feature.mfcc(y=x, sr=RATE, n_mfcc=13, n_mels=40, **small).T, 6)
out["mfcc_default"] = numbers(librosa.feature.mfcc(y=x, sr=RATE).T, 6)
out["resampled"] = [
    {"to": to, "values": numbers(scipy.signal.resample_poly(x.astype(np.float64), to, RATE)[::3], 6)}
    for to in [16000, 11025, 5000]
]
quiet = np.concatenate([np.zeros(3000), x, np.zeros(2000)]).astype(np.float32)
_, (start, end) = librosa.effects.trim(quiet, top_db=30, frame_length=512, hop_length=128)
out["trimmed"] = [int(start), int(end)]
codes = librosa.mu_compress(np.linspace(-1, 1, 33), mu=255, quantize=False)
out["mu_law"] = {
    "codes": [int(np.floor((c + 1) / 2 * 255 + 0.5)) for c in codes],
    "decoded": numbers(librosa.mu_expand(np.arange(0, 256, 17) / 255 * 2 - 1, mu=255, quantize=False)),
}
file = io.BytesIO()
stereo = np.stack([x, 0.5 * x], 1)
soundfile.write(file, stereo, RATE, format="OGG", subtype="VORBIS")
file.seek(0)
decoded, _ = soundfile.read(file, dtype="float32")
out["ogg"] = {
    "file": base64.b64encode(file.getvalue()).decode(),
    "left": numbers(decoded[::10, 0], 6),
    "right": numbers(decoded[::10, 1], 6),
}
out["wav"] = {}
for subtype in ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"]:
    file = io.BytesIO()
    soundfile.write(file, stereo[300:316], RATE, format="WAV", subtype=subtype)
    file.seek(0)
    decoded, _ = soundfile.read(file, dtype="float32")
    out["wav"][subtype] = {
        "file": base64.b64encode(file.getvalue()).decode(),
        "left": numbers(decoded[:, 0]),
        "right": numbers(decoded[:, 1]),
    }
print(json.dumps(out, separators=(",", ":")))

"""Scores what was heard against what was said: PESQ (ITU-T P.862) narrow band, after lining both up.

Usage: score.py said.wav heard.wav [said.wav heard.wav ...]   (mono, 16 bit)
Prints one JSON list with a number, or null and the reason, for each pair.
"""
import json
import sys
import wave


def read(path):
    import numpy
    with wave.open(path) as file:
        rate = file.getframerate()
        sound = numpy.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype("float64")
    step = rate // 8000
    if rate % 8000:
        raise ValueError(f"{path}: {rate} Hz is no multiple of 8 kHz")
    if step > 1:
        taps = 8 * step + 1
        at = numpy.arange(taps) - taps // 2
        low = numpy.sinc(at / step) * numpy.hamming(taps)
        sound = numpy.convolve(sound, low / low.sum(), mode="same")[::step]
    return sound


def score(said, heard):
    import numpy
    from pesq import pesq
    said, heard = read(said), read(heard)
    size = 1 << (len(said) + len(heard)).bit_length()
    match = numpy.fft.irfft(numpy.fft.rfft(heard, size) * numpy.conj(numpy.fft.rfft(said, size)), size)
    offset = int(numpy.argmax(match[: max(len(heard), 1)]))
    cut = heard[offset : offset + len(said)]
    if len(cut) < 8000 or numpy.abs(cut).max() < 200:
        return {"pesq": None, "why": "the speech was not heard"}
    return {"pesq": round(float(pesq(8000, said[: len(cut)].astype("int16"), cut.astype("int16"), "nb")), 3)}


def main():
    results = []
    for said, heard in zip(sys.argv[1::2], sys.argv[2::2]):
        try:
            results.append(score(said, heard))
        except ModuleNotFoundError as error:
            results.append({"pesq": None, "why": f"the Python package {error.name} is not installed"})
        except Exception as error:  # a score is a measurement beside the call, never a reason to fail it
            results.append({"pesq": None, "why": f"{type(error).__name__}: {error}"})
    print(json.dumps(results))


main()

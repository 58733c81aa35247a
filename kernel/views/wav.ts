/**
 * Writes a sound as a WAV file of 16 bits a sample; what is above 1 or below -1 is cut, what is no number is silent.
 *
 * @param samples The sound, channels side by side.
 * @param sampleRate Samples a second.
 * @param channels How many channels.
 * @returns The bytes of the file.
 */
export function encodeWav(
  samples: ArrayLike<number>,
  sampleRate: number,
  channels = 1,
): Uint8Array {
  const view = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const text = (at: number, letters: string) => {
    for (let i = 0; i < letters.length; i++) view.setUint8(at + i, letters.charCodeAt(i));
  };
  text(0, "RIFF");
  view.setUint32(4, 36 + 2 * samples.length, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true); // bytes of this part
  view.setUint16(20, 1, true); // whole numbers
  view.setUint16(22, channels, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * channels * 2, true);
  view.setUint16(32, channels * 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, 2 * samples.length, true);
  for (let i = 0; i < samples.length; i++) {
    const value = Math.max(-1, Math.min(1, samples[i]!));
    view.setInt16(44 + 2 * i, Math.round(value * 32767) || 0, true);
  }
  return new Uint8Array(view.buffer);
}

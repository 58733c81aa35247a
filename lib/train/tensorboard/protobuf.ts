/** Writes the wire format of Protocol Buffers: as much of it as event files need. */
export class ProtoWriter {
  #bytes: Uint8Array = new Uint8Array(64);
  #length = 0;

  /** Writes an integer field; a negative number is not needed here. */
  int(field: number, value: number): this {
    this.#varint(field << 3);
    this.#varint(value);
    return this;
  }

  /** Writes a boolean field. */
  bool(field: number, value: boolean): this {
    return this.int(field, value ? 1 : 0);
  }

  /** Writes a field of 64-bit floating point. */
  double(field: number, value: number): this {
    this.#varint(field << 3 | 1);
    const at = this.#grow(8);
    this.#view().setFloat64(at, value, true);
    return this;
  }

  /** Writes a field of 32-bit floating point. */
  float(field: number, value: number): this {
    this.#varint(field << 3 | 5);
    const at = this.#grow(4);
    this.#view().setFloat32(at, value, true);
    return this;
  }

  /** Writes a field of bytes. */
  bytes(field: number, value: Uint8Array): this {
    this.#varint(field << 3 | 2);
    this.#varint(value.length);
    const at = this.#grow(value.length);
    this.#bytes.set(value, at);
    return this;
  }

  /** Writes a field of text. */
  string(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  /** Writes a repeated field of 64-bit floating point, packed. */
  doubles(field: number, values: ArrayLike<number>): this {
    const packed = new DataView(new ArrayBuffer(8 * values.length));
    for (let i = 0; i < values.length; i++) packed.setFloat64(8 * i, values[i]!, true);
    return this.bytes(field, new Uint8Array(packed.buffer));
  }

  /** Writes a field that is a message, whose own fields `write` writes. */
  message(field: number, write: (message: ProtoWriter) => void): this {
    const message = new ProtoWriter();
    write(message);
    return this.bytes(field, message.finish());
  }

  /** The bytes written so far. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #varint(value: number): void {
    if (!(Number.isSafeInteger(value) && value >= 0)) {
      throw new RangeError(
        `Cannot write an integer as it must be in 0…2⁵³−1: current value is ${value}`,
      );
    }
    while (value >= 128) {
      this.#byte(value % 128 + 128); // no bit operations: they stop at 32 bits
      value = Math.floor(value / 128);
    }
    this.#byte(value);
  }

  #byte(value: number): void {
    const at = this.#grow(1); // first, as it may replace the buffer
    this.#bytes[at] = value;
  }

  /** Makes room for `size` bytes and returns where they start. */
  #grow(size: number): number {
    const at = this.#length;
    this.#length += size;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    return at;
  }

  #view(): DataView {
    return new DataView(this.#bytes.buffer);
  }
}

/**
 * Writes a message.
 *
 * @param write Writes its fields.
 * @returns Its bytes.
 */
export function encodeMessage(write: (message: ProtoWriter) => void): Uint8Array {
  const message = new ProtoWriter();
  write(message);
  return message.finish();
}

/** Reads the f32 tensors of a golden.safetensors: the oracle's own output, trusted, small, and read whole. */
export interface Golden {
  /** The values, row-major. @throws RangeError for a name that is not there. */
  values(name: string): Float32Array;
  shape(name: string): readonly number[];
}

interface Entry {
  readonly shape: readonly number[];
  readonly data_offsets: readonly [begin: number, end: number];
}

export function readGolden(bytes: ArrayBuffer): Golden {
  const headerLength = Number(new DataView(bytes).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 8, headerLength))) as Record<string, Entry>;
  const entry = (name: string): Entry => {
    const found = header[name];
    if (!found) throw new RangeError(`${name} is not in the golden file.`);
    return found;
  };
  return {
    shape: (name) => entry(name).shape,
    values(name) {
      const [begin, end] = entry(name).data_offsets;
      return new Float32Array(bytes.slice(8 + headerLength + begin, 8 + headerLength + end));
    },
  };
}

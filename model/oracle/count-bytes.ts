export interface ByteCount {
  /** Bytes of the buffers that live now. */
  readonly live: number;
  /** The most that lived at a time since the last reset. */
  readonly peak: number;
  reset(): void;
}

/** Counts what this device's buffers hold, of those created from now on. */
export function countBytes(device: GPUDevice): ByteCount {
  const count = {
    live: 0,
    peak: 0,
    reset() {
      this.peak = this.live;
    },
  };
  const create = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    const buffer = create(descriptor);
    const destroy = buffer.destroy.bind(buffer);
    let size = buffer.size;
    count.live += size;
    count.peak = Math.max(count.peak, count.live);
    buffer.destroy = () => {
      count.live -= size;
      size = 0; // destroying twice is allowed
      return destroy();
    };
    return buffer;
  };
  return count;
}

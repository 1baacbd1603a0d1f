export interface ByteCount {
  /** Bytes of the buffers that live now. */
  readonly live: number;
  /** The most that lived at a time since the last reset. */
  readonly peak: number;
  /** How many buffers live now. */
  readonly buffers: number;
  reset(): void;
}

/** Counts what this device's buffers hold, of those created from now on. */
export function countBytes(device: GPUDevice): ByteCount {
  const count = {
    live: 0,
    peak: 0,
    buffers: 0,
    reset() {
      this.peak = this.live;
    },
  };
  const create = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    const buffer = create(descriptor);
    const destroy = buffer.destroy.bind(buffer);
    const { size } = buffer;
    let lives = 1;
    count.live += size;
    count.buffers++;
    count.peak = Math.max(count.peak, count.live);
    buffer.destroy = () => {
      // Destroying twice is allowed.
      count.live -= lives * size;
      count.buffers -= lives;
      lives = 0;
      return destroy();
    };
    return buffer;
  };
  return count;
}

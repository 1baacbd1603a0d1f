/** The browser or machine cannot run the model at all. The message is shown to the person using the app. */
export class UnsupportedGpuError extends Error {
  override readonly name = "UnsupportedGpuError";
}

/** A tensor had another shape than the operation needs. Always a bug, never bad input. */
export class ShapeError extends Error {
  override readonly name = "ShapeError";
}

/** WebGPU refused a shader, a binding or an allocation. The message is the driver's, after the label of what was being made. */
export class GpuFaultError extends Error {
  override readonly name = "GpuFaultError";
}

/** The device was taken away (driver reset, sleep, too much memory). Everything on it is gone; open it again. */
export class DeviceLostError extends Error {
  override readonly name = "DeviceLostError";
}

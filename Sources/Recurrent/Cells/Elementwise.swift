import CKernels

/// Functions of whole vectors for cells that are written by hand, by the kernels of this machine: many times faster than
/// calling a function for each element. The result may take the place of the operand.
public enum Elementwise {
  /// y[i] = tanh(x[i])
  public static func tanh(_ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int) {
    rn_tanh(x, y, count)
  }

  /// y[i] = 1 / (1 + exp(-x[i]))
  public static func sigmoid(_ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int) {
    rn_sigmoid(x, y, count)
  }

  /// y[i] = exp(x[i])
  public static func exp(_ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int) {
    rn_exp(x, y, count)
  }

  /// y[i] = log(x[i])
  public static func log(_ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int) {
    rn_log(x, y, count)
  }

  /// y[i] = max(x[i], 0)
  public static func relu(_ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int) {
    rn_relu(x, y, count)
  }
}

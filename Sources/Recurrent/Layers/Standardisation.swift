import CKernels
import Tensors

/// Features with their mean taken away, divided by their standard deviation, both of which are measured once and then stay.
///
/// Stands where a linear layer meets features that are far from zero and alike in all sequences, such as those of a
/// language model: there it would learn little but how not to be driven to and fro by what they have in common. It plays
/// the part of the batch normalisation of Howard and Ruder (2018), and has no running state.
public struct Standardisation: Module {
  /// `[features]`
  public private(set) var mean: Tensor
  /// One over the standard deviations, `[features]`.
  public private(set) var scale: Tensor

  /// Leaves vectors as they are.
  public init(features: Int) {
    mean = Tensor(shape: [features])
    scale = Tensor(shape: [features], repeating: 1)
  }

  /// - Parameter x: `[rows, features]`. A feature that is the same in all rows keeps its scale.
  public init(measuring x: Tensor) {
    precondition(x.shape.rank == 2 && x.shape[0] > 0, "\(x.shape) is not [rows, features]")
    let (rows, features) = (x.shape[0], x.shape[1])
    var (means, scales) = ([Float](repeating: 0, count: features), [Float](repeating: 1, count: features))
    x.withUnsafePointer { x in
      for feature in 0..<features {
        let mean = (0..<rows).reduce(0.0) { $0 + Double(x[$1 * features + feature]) } / Double(rows)
        let variance =
          (0..<rows).reduce(0.0) { sum, row in
            let distance = Double(x[row * features + feature]) - mean
            return sum + distance * distance
          } / Double(rows)
        means[feature] = Float(mean)
        if variance > 0 { scales[feature] = Float(1 / (variance + Self.epsilon).squareRoot()) }
      }
    }
    (mean, scale) = (Tensor(means, shape: [features]), Tensor(scales, shape: [features]))
  }

  /// As in batch normalisation, so that what hardly varies is not blown up.
  private static let epsilon = 1e-5

  /// - Parameter x: `[rows, features]`
  public func callAsFunction(_ x: Tensor) -> Tensor {
    precondition(x.shape.rank == 2 && x.shape[1] == mean.count, "\(x.shape) is not [rows, \(mean.count)]")
    let (mean, scale, features) = (mean, scale, mean.count)
    let y = Tensor(shape: x.shape) { y in
      for start in stride(from: 0, to: x.count, by: features) {
        rn_subtract(x.pointer + start, mean.pointer, y + start, features)
        rn_multiply(y + start, scale.pointer, y + start, features)
      }
    }
    return Tape.record(y, from: [x]) { dy in
      let dx = Tensor(shape: dy.shape) { dx in
        for start in stride(from: 0, to: dy.count, by: features) {
          rn_multiply(dy.pointer + start, scale.pointer, dx + start, features)
        }
      }
      return [dx]
    }
  }

  public mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
    try visit("mean", &mean)
    try visit("scale", &scale)
  }
}

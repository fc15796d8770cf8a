import CKernels
import Tensors

/// Layer normalisation of the two sides of the pre-activations (Ba, Kiros and Hinton 2016):
///
///     a = gain_ih norm(x W_ih) + b_ih + gain_hh norm(h W_hh) + b_hh
///
/// where norm makes the mean over all gates and units 0 and their variance 1. What was multiplied is kept for the way back.
struct SideNormalisation: Sendable {
  static let epsilon: Float = 1e-5

  let width: Int
  let gains: (input: Tensor, recurrent: Tensor)
  /// x W_ih and h W_hh, `[batch, time, gates * hidden]` each.
  let inputs: Buffer
  let recurrents: Buffer
  /// Mean and inverse deviation of each position, of both sides: `[batch, time, 2]` each.
  private let inputStatistics: Buffer
  private let recurrentStatistics: Buffer
  private let batch: Int
  private let time: Int

  init(batch: Int, time: Int, width: Int, _ gains: (input: Tensor, recurrent: Tensor)) {
    (self.width, self.gains, self.batch, self.time) = (width, gains, batch, time)
    inputs = Buffer(count: batch * time * width)
    recurrents = Buffer(count: batch * time * width)
    inputStatistics = Buffer(count: batch * time * 2)
    recurrentStatistics = Buffer(count: batch * time * 2)
  }

  /// The input side of all steps, with its bias.
  func normaliseInputs(_ positions: [Int], bias: Tensor, into gates: UnsafeMutablePointer<Float>) {
    let part = 32
    ThreadPool.shared.forEach((positions.count + part - 1) / part) { task in
      for position in positions[task * part..<min(positions.count, (task + 1) * part)] {
        rn_layer_norm_forward(
          inputs.pointer + position * width, gains.input.pointer, bias.pointer, Self.epsilon,
          gates + position * width, inputStatistics.pointer + 2 * position, width)
      }
    }
  }

  func recurrentRow(_ position: Int) -> UnsafeMutablePointer<Float> { recurrents.pointer + position * width }

  /// The recurrent side of one row and step, with its bias.
  func normaliseRecurrent(_ position: Int, bias: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>) {
    rn_layer_norm_forward(
      recurrentRow(position), gains.recurrent.pointer, bias, Self.epsilon, y,
      recurrentStatistics.pointer + 2 * position, width)
  }

  /// Puts d loss / d (h W_hh) in the place of h W_hh, and adds to the gradients of gain and bias.
  func backwardRecurrent(
    _ position: Int, _ dy: UnsafePointer<Float>, dgain: UnsafeMutablePointer<Float>,
    dbias: UnsafeMutablePointer<Float>
  ) {
    let x = recurrentRow(position)
    rn_layer_norm_backward(
      x, gains.recurrent.pointer, recurrentStatistics.pointer + 2 * position, dy, x, dgain, dbias, width)
  }

  /// Puts d loss / d (x W_ih) in the place of the gradients of the pre-activations; the gradient of the gain. Each row of the
  /// batch sums over its own steps, and then rows are added in order, whoever computes them.
  func backwardInputs(_ layout: SequenceLayout, _ gates: UnsafeMutablePointer<Float>) -> Tensor {
    let sums = Tensor(shape: [2 * batch, width])
    ThreadPool.shared.forEach(batch) { row in
      for t in 0..<layout.length(row) {
        let position = row * time + t
        let d = gates + position * width
        rn_layer_norm_backward(
          inputs.pointer + position * width, gains.input.pointer, inputStatistics.pointer + 2 * position, d, d,
          sums.pointer + row * width, sums.pointer + (batch + row) * width, width)
      }
    }
    return sums.slice(0..<batch, axis: 0).columnSums()
  }
}

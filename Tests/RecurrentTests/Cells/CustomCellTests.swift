import Recurrent
import TestSupport
import Testing

/// A cell that a user could write: the minimal gated unit (Zhou et al. 2016), with its gate after the matrix product.
///
///     f = sigmoid(a_f)   n = tanh(x_n + f (h W_hn + b_hn))   h' = (1 - f) h + f n
struct MinimalGatedUnit: Cell {
  var gates: Int { 2 }
  var apartGates: Int { 1 }

  func forward(_ row: CellRow) {
    let (f, n, apart) = (row.gate(0), row.gate(1), row.apart(0))
    for i in 0..<row.units {
      f[i] = Self.sigmoid(f[i])
      n[i] = Self.tanh(n[i] + f[i] * apart[i])
      row.next[0][i] = (1 - f[i]) * row.previous[0][i] + f[i] * n[i]
    }
  }

  func backward(_ row: CellRow) {
    let (f, n, apart, dh) = (row.gate(0), row.gate(1), row.apart(0), row.gradient[0])
    for i in 0..<row.units {
      let dn = dh[i] * f[i] * (1 - n[i] * n[i])
      let df = dh[i] * (n[i] - row.previous[0][i]) + dn * apart[i]
      dh[i] *= 1 - f[i]
      apart[i] = dn * f[i]
      n[i] = dn
      f[i] = df * f[i] * (1 - f[i])
    }
  }

  static func sigmoid(_ x: Float) -> Float { Tensor(x).sigmoid().scalar }
  static func tanh(_ x: Float) -> Float { Tensor(x).tanh().scalar }
}

@Suite struct CustomCellTests {
  private func stack(_ hidden: Int) -> RecurrentStack {
    var initialiser = ParameterInitialiser(seed: 4)
    return RecurrentStack(MinimalGatedUnit(), input: 3, hidden: hidden, layers: 2, initialiser: &initialiser)
  }

  @Test func learnsThroughTheSameEngine() {
    var model = stack(5)
    var optimizer = Optimizer(.adam(), for: model)
    let inputs: [Int32] = [0, 1, 2, 0, 2, 1]
    let targets: [Int32] = [1, 1, 0, 2, 0, 1]
    var losses: [Float] = []
    for _ in 0..<150 {
      let (loss, gradients) = valueAndGradient(of: model) {
        $0(.tokens(inputs, batch: 1, time: 6, embedding: nil), state: $0.zeroState(batch: 1)).output
          .softmaxCrossEntropy(targets)
      }
      losses.append(loss.scalar)
      optimizer.update(&model, gradients, rate: 0.05)
    }
    let state = model.zeroState(batch: 1)
    let output = model(.tokens(inputs, batch: 1, time: 6, embedding: nil), state: state).output
    #expect(output.indicesOfLargest() == targets)
    #expect(losses[149] < losses[0])
  }

  /// Central differences with a step of 2^-6 have an error of about h^2 / 6 = 4e-5 times the third derivative, plus the
  /// rounding of the loss, 2^-24 * 10 / 2^-5 = 2e-5: 5e-4 leaves room for third derivatives of 10.
  @Test func gradientsAgreeWithDifferences() {
    let model = stack(3)
    let x = RandomKey(seed: 9).uniform([2, 4, 3], in: -1..<1)
    let weights = RandomKey(seed: 10).uniform([2, 4, 3], in: -1..<1)
    func loss(_ model: RecurrentStack) -> Tensor {
      (model(.vectors(x), state: model.zeroState(batch: 2), lengths: [4, 2]).output * weights).sum()
    }
    let gradients = valueAndGradient(of: model, loss).gradients
    for (index, entry) in gradients.entries.enumerated() {
      for element in 0..<entry.tensor.count {
        let values = [Float(1) / 64, -1 / 64].map { step in
          var moved = model
          var visited = 0
          moved.visitParameters { _, tensor in
            if visited == index { tensor.withUnsafeMutablePointer { $0[element] += step } }
            visited += 1
          }
          return Double(loss(moved).scalar)
        }
        let difference = (values[0] - values[1]) * 32
        #expect(abs(difference - Double(entry.tensor.scalars[element])) < 5e-4, "\(entry.name)[\(element)]")
      }
    }
  }
}

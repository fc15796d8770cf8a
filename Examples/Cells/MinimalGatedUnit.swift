import Recurrent

/// The minimal gated unit (Zhou et al. 2016) with its gate after the matrix product, as PyTorch's GRU has it:
///
///     f = sigmoid(a_f)   n = tanh(x_n + f (h W_hn + b_hn))
///     h' = (1 - f) h + f n
///
/// The derivative is written by hand: no need of it, but it is faster. What it gives is compared with the equations when a layer
/// is made.
struct MinimalGatedUnit: ElementwiseCell {
  let gates = 2
  let apartGates = 1

  func next<Scalar: CellScalar>(_ unit: CellUnit<Scalar>) -> CellStates<Scalar> {
    let f = unit.gate(0).sigmoid()
    let n = (unit.gate(1) + f * unit.apart(0)).tanh()
    return CellStates((1 - f) * unit.previous(0) + f * n)
  }

  func forward(_ row: CellRow) {
    let (f, n, apart, h, next) = (row.gate(0), row.gate(1), row.apart(0), row.previous[0], row.next[0])
    Elementwise.sigmoid(f, f, row.units)
    for i in 0..<row.units { n[i] += f[i] * apart[i] }
    Elementwise.tanh(n, n, row.units)
    for i in 0..<row.units { next[i] = (1 - f[i]) * h[i] + f[i] * n[i] }
  }

  /// Activations are where `forward` left them, and gradients take their places.
  func backward(_ row: CellRow) {
    let (f, n, apart, h, dh) = (row.gate(0), row.gate(1), row.apart(0), row.previous[0], row.gradient[0])
    for i in 0..<row.units {
      let dn = dh[i] * f[i] * (1 - n[i] * n[i])
      let df = dh[i] * (n[i] - h[i]) + dn * apart[i]
      dh[i] *= 1 - f[i]
      (apart[i], n[i], f[i]) = (dn * f[i], dn, df * f[i] * (1 - f[i]))
    }
  }
}

import Recurrent

/// A leaky integrator (Jaeger et al. 2007; a neuron's membrane, of which a tenth leaks away at each step):
///
///     h' = (1 - rate) h + rate tanh(a)
///
/// The rate is sigmoid of a learnt number, so that each unit finds a time constant of its own.
struct LeakyIntegrator: ElementwiseCell {
  let gates = 1
  let vectors = [CellVector("rate", start: -2.2)]

  func next<Scalar: CellScalar>(_ unit: CellUnit<Scalar>) -> CellStates<Scalar> {
    let rate = unit.vector(0).sigmoid()
    return CellStates((1 - rate) * unit.previous(0) + rate * unit.gate(0).tanh())
  }
}

import Recurrent

/// LSTM with peepholes (Gers and Schmidhuber 2000), through which the gates see the cell itself:
///
///     i = sigmoid(a_i + p_i c)   f = sigmoid(a_f + p_f c)
///     c' = f c + i tanh(a_g)     o = sigmoid(a_o + p_o c')
///     h' = o tanh(c')
///
/// The peepholes p are learnt: one number for each unit and gate. Gates in the order i f g o, states h, c.
struct PeepholeLSTM: ElementwiseCell {
  let gates = 4
  let states = 2
  let vectors = [CellVector("weight_ci"), CellVector("weight_cf"), CellVector("weight_co")]

  func next<Scalar: CellScalar>(_ unit: CellUnit<Scalar>) -> CellStates<Scalar> {
    let c = unit.previous(1)
    let input = (unit.gate(0) + unit.vector(0) * c).sigmoid()
    let forget = (unit.gate(1) + unit.vector(1) * c).sigmoid()
    let new = forget * c + input * unit.gate(2).tanh()
    let output = (unit.gate(3) + unit.vector(2) * new).sigmoid()
    return CellStates(output * new.tanh(), new)
  }
}

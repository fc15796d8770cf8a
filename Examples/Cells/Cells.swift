import Foundation
import Recurrent

/// Trains a character model with each of three cells of one's own and with the built-in GRU, has it stream text, and compares
/// how fast they learn and write.
@main
enum Cells {
  static let text = "she sells sea shells by the sea shore; the shells she sells are sea shells for sure. "
  static let alphabet = Array(Set(text)).sorted()
  static let ids = text.map { Int32(alphabet.firstIndex(of: $0)!) }
  static let (hidden, batch, time) = (128, 32, 50)

  static func main() {
    let cells: [(String, any Cell)] = [
      ("GRU, built in", GRU()), ("peephole LSTM", PeepholeLSTM()), ("minimal gated unit", MinimalGatedUnit()),
      ("leaky integrator", LeakyIntegrator()),
    ]
    for (name, cell) in cells {
      let (model, loss, trained) = train(cell)
      let (written, streamed) = write(model, start: "sh", length: 3000)
      print(
        name, String(format: "loss %.3f, trains %.0f and writes %.0f characters/s:", loss, trained, streamed),
        written.prefix(60))
      precondition(loss < 0.3, "\(name) has not learnt its text")
    }
  }

  /// 100 updates; the loss in nats of the last one, and characters a second.
  static func train(_ cell: any Cell) -> (model: RecurrentStack, loss: Float, speed: Double) {
    var initialiser = ParameterInitialiser(seed: 1)
    var model = RecurrentStack(cell, input: alphabet.count, hidden: hidden, initialiser: &initialiser)
    var optimizer = Optimizer(.adam(), for: model)
    var last: Float = 0
    var seconds: [Double] = []
    // Each row begins somewhere else in the text. The first units of h are the logits.
    func window(_ shift: Int) -> [Int32] {
      (0..<batch).flatMap { row in (0..<time).map { ids[(row * 5 + $0 + shift) % ids.count] } }
    }
    for _ in 0..<100 {
      let start = Date()
      let (loss, gradients) = valueAndGradient(of: model) {
        let h = $0(.tokens(window(0), batch: batch, time: time, embedding: nil), state: $0.zeroState(batch: batch))
        return (8 * h.output.slice(0..<alphabet.count, axis: -1)).softmaxCrossEntropy(window(1))
      }
      optimizer.update(&model, gradients, rate: 0.01, clipping: .norm(1))
      last = loss.scalar
      seconds.append(-start.timeIntervalSinceNow)
    }
    return (model, last, Double(batch * time) / seconds.sorted()[50])
  }

  /// Always the likeliest character, one step after another.
  static func write(_ model: RecurrentStack, start: String, length: Int) -> (text: String, speed: Double) {
    let stream = StackStream(model)
    for character in start.dropLast() { stream.step(Int32(alphabet.firstIndex(of: character)!)) }
    var text = start
    let clock = Date()
    for _ in 0..<length {
      stream.step(Int32(alphabet.firstIndex(of: text.last!)!))
      text.append(alphabet[alphabet.indices.max { stream.output[$0] < stream.output[$1] }!])
    }
    return (text, Double(length) / -clock.timeIntervalSinceNow)
  }
}

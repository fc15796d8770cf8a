import Foundation
import Recurrent

/// Trains a character model with each of three cells of one's own and with the built-in GRU, by backpropagation through time and
/// by real-time recurrent learning, has it stream text, and compares how fast they learn and write.
@main
enum Cells {
  static let text = "she sells sea shells by the sea shore; the shells she sells are sea shells for sure. "
  static let alphabet = Array(Set(text)).sorted()
  static let ids = text.map { Int32(alphabet.firstIndex(of: $0)!) }

  static func main() {
    let cells: [(String, any Cell)] = [
      ("GRU, built in", GRU()), ("peephole LSTM", PeepholeLSTM()), ("minimal gated unit", MinimalGatedUnit()),
      ("leaky integrator", LeakyIntegrator()),
    ]
    for (name, cell) in cells {
      let (model, loss, trained) = train(cell, .bptt, hidden: 128, batch: 32, updates: 200)
      let (written, streamed) = write(model, start: "sh", length: 3000)
      print(
        name, String(format: "loss %.3f, trains %.0f and writes %.0f characters/s:", loss, trained, streamed),
        written.prefix(60))
      precondition(loss < 0.3, "\(name) has not learnt its text")
      // Both methods give the gradient itself, so a network learns the same by either.
      let losses = [GradientMethod.bptt, .rtrl].map { train(cell, $0, hidden: 16, batch: 2, updates: 20).loss }
      print(String(format: "  16 units: loss %.4f by BPTT, %.4f by RTRL", losses[0], losses[1]))
      precondition(abs(losses[0] - losses[1]) < 0.01, "\(name) learns otherwise by RTRL")
    }
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

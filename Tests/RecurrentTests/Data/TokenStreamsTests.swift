import Recurrent
import Testing

@Suite struct TokenStreamsTests {
  /// Whatever the message proposes works.
  @Test func whatIsProposedWorks() throws {
    for tokens in 0..<60 {
      for (batch, window) in [(1, 100), (4, 20), (32, 100), (7, 3), (60, 1), (1, 2)] where tokens <= batch * window {
        var message = ""
        do { _ = try TokenStreams(range: 5..<5 + tokens, batch: batch, window: window) } catch { message = "\(error)" }
        #expect(message.contains("\(tokens) tokens"))
        let numbers = message.matches(of: #/--(batch|window) (\d+)/#).map { ($0.1, Int($0.2) ?? 0) }
        let proposed = numbers.reduce(into: (batch: batch, window: window)) { result, option in
          if option.0 == "batch" { result.batch = option.1 } else { result.window = option.1 }
        }
        if numbers.isEmpty {
          #expect(tokens < 3, "\(message)")
        } else {
          let streams = try TokenStreams(range: 5..<5 + tokens, batch: proposed.batch, window: proposed.window)
          #expect(streams.windows >= 1)
        }
      }
    }
  }

  @Test func sizesThatOverflowAreTooLong() {
    #expect(throws: TokenStreamsError.self) { try TokenStreams(range: 0..<100, batch: .max / 2, window: 4) }
  }
}

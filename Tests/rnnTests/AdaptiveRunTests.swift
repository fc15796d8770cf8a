import Foundation
import TestSupport
import Testing

/// A model with an adaptive softmax in all commands of the real program.
@Suite(.timeLimit(.minutes(3))) struct AdaptiveRunTests {
  @Test func everyCommandTakesTheModel() throws {
    let folder = try TemporaryFolder()
    let model = "\(folder.path)/model"
    let text = try folder.write(sampleText(words: 600, seed: 5).utf8, to: "text.txt")
    func run(_ arguments: String..., input: String? = nil) throws -> String {
      let result = try Program.run(arguments, input: input, folder: folder)
      #expect(result.status == 0, "\(arguments): \(result.error)")
      return result.output
    }
    func number(_ json: some StringProtocol, _ key: String) throws -> Double {
      let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
      return try #require(object?[key] as? Double)
    }
    _ = try run(
      "train", "lm", text, "--tokenizer", "word", "--softmax", "adaptive:4,9", "--hidden", "24", "--layers", "1",
      "--batch", "4", "--window", "10", "--steps", "5", "--quiet", "--out", model)
    let first = try number(run("evaluate", model, text, "--json"), "perplexity")
    _ = try run("train", "lm", "--resume", "--steps", "60", "--quiet", "--out", model)
    let second = try number(run("evaluate", model, text, "--json"), "perplexity")
    #expect(second < first && second > 1, "\(first) \(second)")

    // The surprise of all lines is that of the text after a line's end.
    let lines = ["the sea", "", "unseen words", "a long ship"]
    let ended = lines.joined(separator: "\n") + "\n"
    let scores = try run("score", model, "-", "--json", input: ended).split(separator: "\n")
    let bits = try scores.reduce(0) { try $0 + number($1, "bits") }
    let whole = try run("evaluate", model, "-", "--json", input: "\n" + ended)
    #expect(scores.count == 4)
    // Float32 losses of 11 tokens, printed in full.
    #expect(try abs(bits - number(whole, "bits_per_token") * number(whole, "tokens")) < 1e-3)

    let written = try run("generate", model, "--length", "40", "--seed", "2", "--temperature", "0.7")
    #expect(written.split { $0.isWhitespace }.count > 20 && !written.contains("<unk>"))
    #expect(try run("generate", model, "--length", "40", "--seed", "2", "--temperature", "0.7") == written)
    let converted = try run("generate", model, "--length", "40", "--seed", "2", "--weights", "int8")
    // Twice what `QuantizeTests` allows int8: the narrowest cluster has one feature.
    #expect(try abs(number(run("quantize", model, text, "--to", "int8", "--json"), "difference")) < 0.04)
    #expect(try run("generate", model, "--length", "40", "--seed", "2", "--weights", "int8") == converted)
  }

  @Test(arguments: ["train", "generate"]) func theBenchMeasuresIt(_ work: String) throws {
    let folder = try TemporaryFolder()
    let result = try Program.run(
      [
        "bench", work, "--vocabulary", "500", "--softmax", "adaptive:20,100", "--hidden", "16", "--batch", "2",
        "--time", "5", "--seconds", "0.1", "--json",
      ], folder: folder)
    #expect(result.status == 0 && result.output.contains("tokens_per_second"), "\(result.error)")
  }
}

import Foundation
import TestSupport
import Testing

/// Models whose layers are more than their cell, through all commands that take a language model.
@Suite(.timeLimit(.minutes(3))) struct LayerOptionsCommandTests {
  @Test(arguments: [
    ["--projection", "5"], ["--projection", "5", "--tie"],
    ["--layer-norm", "--zoneout", "0.1,0.3", "--weight-drop", "0.3"], ["--cell", "min-gru"],
    ["--optimizer", "asgd:1", "--schedule", "constant"],
  ])
  func everyCommandTakesThem(_ options: [String]) throws {
    let folder = try TemporaryFolder()
    let text = try folder.write(sampleText(words: 300, seed: 5).utf8, to: "text.txt")
    let model = "\(folder.path)/model"
    func run(_ arguments: [String]) throws -> String {
      let result = try Program.run(arguments, folder: folder)
      #expect(result.status == 0, "\(arguments): \(result.error)")
      return result.output
    }
    _ = try run(
      ["train", "lm", text, "--hidden", "12", "--batch", "4", "--window", "20", "--steps", "6", "--out", model]
        + options)
    _ = try run(["train", "lm", "--resume", "--steps", "12", "--out", model])
    let evaluated = try run(["evaluate", model, text, "--json"])
    let object = try JSONSerialization.jsonObject(with: Data(evaluated.utf8)) as? [String: Any]
    let bits = try #require(object?["bits_per_byte"] as? Double)
    #expect(bits > 0 && bits < 8)
    #expect(try run(["generate", model, "--length", "20", "--cache", "30", "--seed", "1"]).count >= 20)
    #expect(try !run(["score", model, text, "--adapt", "--cache", "30"]).isEmpty)
    for format in ["int8", "bfloat16"] { _ = try run(["quantize", model, text, "--to", format]) }
  }
}

import Foundation
import TestSupport
import Testing

/// Narrow weights, from measuring what they cost to generating with them.
@Suite(.timeLimit(.minutes(2))) struct QuantizeTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    let result = try Program.run(
      TrainingRunTests.arguments(folder, "model", steps: 30) + ["--quiet"], folder: folder)
    #expect(result.status == 0, "\(result.error)")
  }

  @Test(arguments: [("bfloat16", 0.01), ("int8", 0.02)])
  func narrowWeightsCostLittle(_ format: String, _ most: Double) throws {
    let model = "\(folder.path)/model"
    let generate = ["generate", model, "--weights", format, "--length", "100", "--seed", "3"]
    let converted = try Program.run(generate, folder: folder)
    let result = try Program.run(
      ["quantize", model, "\(folder.path)/text.txt", "--to", format, "--json"], folder: folder)
    #expect(result.status == 0, "\(result.error)")
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    let before = try #require(object["bits_per_character_float32"] as? Double)
    let after = try #require(object["bits_per_character"] as? Double)
    let difference = try #require(object["difference"] as? Double)
    #expect(abs(after - before - difference) < 1e-9 && abs(difference) < most * before && before > 0)
    let bytes = try folder.read("model/model.\(format).safetensors").count
    #expect(object["bytes"] as? Int == bytes && bytes < (object["bytes_float32"] as? Int ?? 0))
    // From the file, the same weights as converted at load, so the same text.
    let stored = try Program.run(generate, folder: folder)
    #expect(converted.status == 0 && stored.output == converted.output)
    // The float32 model is as it was.
    #expect(try Program.run(["evaluate", model, "\(folder.path)/text.txt"], folder: folder).status == 0)
  }

  @Test func damagedNarrowWeightsAreRefused() throws {
    let model = "\(folder.path)/model"
    #expect(
      try Program.run(["quantize", model, "\(folder.path)/text.txt", "--to", "int8"], folder: folder).status == 0)
    let whole = try folder.read("model/model.int8.safetensors")
    for bytes in [[], Array(whole.prefix(whole.count / 2)), Array(whole.dropLast())] {
      try folder.write(bytes, to: "model/model.int8.safetensors")
      let result = try Program.run(["generate", model, "--weights", "int8"], folder: folder)
      #expect(result.status == 1 && result.errorLines.count == 1, "\(result.status) \(result.error)")
      #expect(result.error.contains("model.int8.safetensors"), "\(result.error)")
    }
  }

  @Test(arguments: [["--to", "float32"], ["--to", "int4"], []]) func wrongUses(_ options: [String]) throws {
    let result = try Program.run(
      ["quantize", "\(folder.path)/model", "\(folder.path)/text.txt"] + options, folder: folder)
    #expect(result.status == 2 && result.error.contains("int8"), "\(result.status) \(result.error)")
  }
}

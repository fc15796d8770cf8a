import Foundation
import Recurrent

/// Teaches a model to write dates, however people write them, as ISO 8601 has them: 2021-03-21.
@main
enum DateNormaliser {
  static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
  ]

  /// A day as someone may write it, and in ISO 8601.
  static func draw(_ random: inout SequentialRandom) -> (text: String, date: String) {
    let (year, month) = (Int.random(in: 1950...2049, using: &random), Int.random(in: 1...12, using: &random))
    let day = Int.random(in: 1...28, using: &random)
    let name = months[month - 1]
    let ordinal = [1: "st", 21: "st", 2: "nd", 22: "nd", 3: "rd", 23: "rd"][day] ?? "th"
    let texts = [
      "\(day) \(name) \(year)", "\(name) \(day), \(year)", "\(day)\(ordinal) of \(name) \(year)",
      "\(name.prefix(3)) \(day) \(year)", "\(day)-\(name.prefix(3).uppercased())-\(year)", "\(day).\(month).\(year)",
      String(format: "%02d/%02d/%d", month, day, year), "\(name.lowercased()) the \(day)\(ordinal), \(year)",
      String(format: "%d%02d%02d", year, month, day), "\(year), \(day) \(name)",
    ]
    return (texts.randomElement(using: &random) ?? "", String(format: "%04d-%02d-%02d", year, month, day))
  }

  static func main() throws {
    var random = SequentialRandom(RandomKey(seed: 1))
    let all = (0..<9_000).map { _ in draw(&random) }
    let (training, heldOut) = (all.dropLast(1_000), all.suffix(1_000))
    let folder = ModelFolder(FileManager.default.temporaryDirectory.path + "/dates-\(UUID())")
    let table = folder.path + ".tsv"
    try AtomicFile.write(Array(training.map { "\($0.text)\t\($0.date)\n" }.joined().utf8), to: table)
    defer {
      folder.discard()
      try? FileManager.default.removeItem(atPath: table)
    }

    // What is read and what is written are characters, each side with its own.
    let pairs = try PairFile(reading: table)
    func tokenizer(_ texts: [String]) throws -> Tokenizer {
      try Tokenizer(TokenizerOptions(.character), texts: texts, scratch: table + ".texts")
    }
    let encoder = PairEncoder(
      PairReading(), source: try tokenizer(pairs.sources), target: try tokenizer(pairs.targets ?? []))
    let configuration = EncoderDecoderConfiguration(
      sourceTokens: encoder.source.count, targetTokens: encoder.target.count, embedding: 32, encoderHidden: 64,
      decoderHidden: 128, attention: .general, dropout: 0)
    try EncoderDecoderTrainer.prepare(
      folder, configuration: configuration, encoder: encoder, training: encoder.pairs(pairs).pairs, validation: nil,
      options: TrainingOptions(batch: 64, budget: .epochs(5), rate: 4e-3, schedule: .cosine(warmup: 50), seed: 1))
    var trainer = try EncoderDecoderTrainer(folder)
    try trainer.train { event in
      guard case .step(let record, _) = event, record.step % 100 == 0 else { return }
      print("step \(record.step)  loss \(record.trainingLoss ?? 0)")
    }

    let translator = try folder.translator()
    var scores = TranslationScores()
    for (pair, outputs) in zip(heldOut, try translator.translate(heldOut.map(\.text), SearchOptions(beam: 3))) {
      scores.add(outputs[0].text, references: [pair.date], encoder.target)
      if scores.count <= 5 { print("\(pair.text): \(outputs[0].text)") }
    }
    print("exactly right: \(scores.exact) of \(scores.count) dates held out")
    precondition(scores.exact >= 0.99, "the model did not learn what dates are")

    let looked = try translator.translate(["21st of March 2021"], keepsAttention: true)[0][0]
    print("\nWhere it looked while it wrote \(looked.text):\n\n" + AttentionMap(looked).text(coloured: false))
    precondition(looked.text == "2021-03-21", "a date like those that it has learned is not recognised")
  }
}

import Foundation
import Recurrent

/// Teaches a classifier to tell spam from other messages, and asks it which words made it say so.
@main
enum SpamFilter {
  static func main() throws {
    let table = #filePath.replacing("SpamFilter.swift", with: "messages.tsv")
    let data = try ClassifierData(reading: table, columns: ClassifierColumns(text: "text", label: "label"))
    let split = StratifiedSplit(labels: data.labels ?? [], fraction: 0.2, key: RandomKey(seed: 1))
    let (training, heldOut) = (data.subset(split.training), data.subset(split.heldOut))
    guard case .texts(let texts) = training.items, case .texts(let newTexts) = heldOut.items else { return }
    let folder = ModelFolder(FileManager.default.temporaryDirectory.path + "/spam-\(UUID())")
    defer { folder.discard() }

    // Words that occur once share a token, so that the model learns what to make of words that it does not know.
    let reading = ClassifierReading(normalisation: .words)
    let tokenizer = try Tokenizer(
      TokenizerOptions(.word, minimumCount: 2), texts: texts.map { reading.normalisation($0) },
      scratch: folder.path + ".texts")
    let labels = ["ham", "spam"]
    func sequences(_ data: ClassifierData) throws -> LabelledSequences {
      LabelledSequences(try data.steps(reading, tokenizer), classes: try data.classes(labels))
    }
    // With vectors that start small, no vectors at all, the baseline of the explanation, are nothing out of the ordinary.
    let configuration = ClassifierConfiguration(
      input: .tokens(vocabulary: tokenizer.count, embedding: 16), labels: labels, hidden: 16, pooling: .mean,
      dropout: 0.2, initialisation: .uniform(0.1))
    try ClassifierTrainer.prepare(
      folder, configuration: configuration, reading: reading, tokenizer: tokenizer, training: sequences(training),
      validation: nil,
      options: TrainingOptions(
        batch: 8, budget: .epochs(20), optimizer: .adamw(), weightDecay: 0.1, rate: 0.01, seed: 1))
    var trainer = try ClassifierTrainer(folder)
    try trainer.train { event in
      guard case .step(let record, _) = event, record.step % 45 == 0 else { return }
      print("step \(record.step)  loss \(record.trainingLoss ?? 0)")
    }

    let trained = try folder.classifier()
    for (text, probabilities) in zip(newTexts, try trained.probabilities(newTexts)) {
      print(String(format: "spam by %.3f: ", probabilities[1]) + text)
    }
    let accuracy = ClassifierEvaluation(trained.model, try sequences(heldOut), temperature: 1).accuracy
    print("accuracy \(accuracy) on \(heldOut.count) messages held out")
    // With each of the seeds 1 to 30, 16 of the 18 are right at least; one more may be wrong where rounding differs.
    precondition(accuracy >= 15.0 / 18, "the classifier did not learn what spam is")

    let explanation = try trained.explain("Lovely day at the lake! Text SUN to 80123 now to claim your free drink.")
    print("\(explanation.label) by \(explanation.probability): log-odds \(explanation.logOdds), of which")
    print(String(format: "%+8.3f  without words", explanation.baselineLogOdds))
    for (token, weight) in zip(explanation.tokens, explanation.weights) {
      print(String(format: "%+8.3f  ", weight) + token)
    }
    precondition(explanation.label == "spam", "a message like those that it has learned is not recognised")
  }
}

import Foundation
import Recurrent

/// Teaches a tagger to find the names of persons, places and organisations, and has it find those of a new sentence.
@main
enum NameTagger {
  static func main() throws {
    let file = try ColumnFile(reading: #filePath.replacing("NameTagger.swift", with: "names.conll"))
    let (training, heldOut) = (Array(file.sentences.dropLast(20)), file.sentences.suffix(20))
    let folder = ModelFolder(FileManager.default.temporaryDirectory.path + "/names-\(UUID())")
    defer { folder.discard() }

    // One row more of each table is for what the training sentences do not have.
    let known = TaggerVocabulary(training, scheme: file.scheme)
    let configuration = TaggerConfiguration(
      words: known.words.count + 1, characters: known.characters.scalars.count + 1, tags: known.tags.count,
      embedding: 32, characterEmbedding: 16, characterHidden: 16, hidden: 32, dropout: 0.3)
    try TaggerTrainer.prepare(
      folder, training: training, validation: [], vocabulary: known, configuration: configuration,
      options: TrainingOptions(batch: 8, budget: .epochs(30), rate: 0.01, clipping: .norm(5), seed: 1))
    var trainer = try TaggerTrainer(folder)
    try trainer.train { event in
      guard case .step(let record, _) = event, record.step % 50 == 0 else { return }
      print("step \(record.step)  loss \(record.trainingLoss ?? 0)")
    }

    let (model, vocabulary) = try folder.tagger()
    let tagger = SentenceTagger(model, vocabulary)
    var scores = EntityScores()
    for (sentence, tagging) in zip(heldOut, try tagger.tag(heldOut.map(\.tokens))) {
      scores.add(gold: sentence.tags, predicted: tagging.tags)
    }
    print("F1 \(scores.f1) of \(scores.overall.gold) names in \(heldOut.count) sentences held out")
    // With each of the seeds 1 to 30 it is 0.947 at least; one or two names more may be wrong where rounding differs.
    precondition(scores.f1 >= 0.9, "the tagger did not learn what names are")

    let text = "Marta Quill, who lives in Halverton, works for Calder Group."
    let tokens = PlainTokenizer.tokens(text)
    let tagging = try tagger.tag([tokens.map(\.text)])[0]
    print(zip(tokens, tagging.tags).map { "\($0.text)/\($1)" }.joined(separator: " "))
    for entity in tagging.entities {
      let (first, last) = (tokens[entity.span.start], tokens[entity.span.end - 1])
      let name = tokens[entity.span.start..<entity.span.end].map(\.text).joined(separator: " ")
      let place = first.scalars.lowerBound..<last.scalars.upperBound
      print("\(entity.span.type) \(place): \(name), confidence \(entity.confidence)")
    }
    let wanted = [("PER", 0, 2), ("LOC", 6, 7), ("ORG", 10, 12)].map { EntitySpan(type: $0, start: $1, end: $2) }
    precondition(tagging.entities.map(\.span) == wanted, "the names of the new sentence are not found")
  }
}

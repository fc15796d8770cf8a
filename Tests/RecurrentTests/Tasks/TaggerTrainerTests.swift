import Recurrent
import Synchronization
import TestSupport
import Tensors
import Testing

/// Training of taggers: what is learned, the same bits however a run goes, and files that are refused.
@Suite(.serialized) struct TaggerTrainerTests {
  let folder: TemporaryFolder
  let training: [TaggedSentence]
  let validation: [TaggedSentence]

  init() throws {
    let folder = try TemporaryFolder()
    func read(_ count: Int, _ seed: UInt64) throws -> [TaggedSentence] {
      try ColumnFile(reading: folder.write(sampleColumns(sentences: count, seed: seed).utf8, to: "\(seed).conll"))
        .sentences
    }
    self.folder = folder
    training = try read(120, 1)
    validation = try read(60, 2)
  }

  private func prepare(
    _ name: String, output: TaggerOutput = .crf, scheme: TagScheme = .iob2, cell: CellKind = .lstm,
    options: TrainingOptions = TrainingOptions(batch: 8, budget: .steps(20), rate: 0.01)
  ) throws -> ModelFolder {
    let model = ModelFolder("\(folder.path)/\(name)")
    let vocabulary = TaggerVocabulary(training, scheme: scheme)
    try TaggerTrainer.prepare(
      model, training: training, validation: validation, vocabulary: vocabulary,
      configuration: TaggerConfiguration(
        words: vocabulary.words.count + 1, characters: vocabulary.characters.scalars.count + 1,
        tags: vocabulary.tags.count, embedding: 12, characterEmbedding: 6, characterHidden: 6, cell: cell, hidden: 16,
        layers: 2, dropout: 0.3, output: output), options: options)
    return model
  }

  private func train(_ model: ModelFolder, stoppingEvery steps: Int? = nil) throws {
    var finished = false
    while !finished {
      var trainer = try TaggerTrainer(model)
      let counter = Mutex(0)
      try trainer.train(
        clock: { 0 },
        shouldStop: {
          counter.withLock {
            $0 += 1; return $0 == steps
          }
        })
      finished = trainer.checkpoint.progress.finished
    }
  }

  private func bytes(_ path: String) throws -> [UInt8] { try MappedFile(path).contents }

  /// Names of the validation sentences are other names.
  @Test(arguments: [TaggerOutput.crf, .softmax]) func namesAreLearned(_ output: TaggerOutput) throws {
    let model = try prepare(
      "learned", output: output, options: TrainingOptions(batch: 8, budget: .epochs(8), rate: 0.01, clipping: .norm(5)))
    try train(model)
    let (tagger, vocabulary) = try model.tagger()
    var scores = EntityScores()
    for (sentence, tagging) in zip(validation, try SentenceTagger(tagger, vocabulary).tag(validation.map(\.tokens))) {
      scores.add(gold: sentence.tags, predicted: tagging.tags)
      #expect(tagging.entities.map(\.span) == EntitySpan.spans(in: tagging.tags))
    }
    #expect(scores.f1 > 0.9, "\(scores.f1)")
    let lines = String(decoding: try bytes(model.metrics), as: UTF8.self).split(separator: "\n")
    // The best model was kept: none has more than it.
    let best = lines.compactMap { $0.firstMatch(of: #/"validation_score":([0-9.]+)/#).flatMap { Double($0.1) } }.max()
    #expect(best == scores.f1)
  }

  @Test func threadsAndStopsDoNotMatter() throws {
    defer { ThreadPool.shared.threads = ThreadPool.processors }
    ThreadPool.shared.threads = 1
    let one = try prepare("one")
    try train(one)
    for (name, threads, stops) in [("two", 2, nil), ("stopped", 1, 1), ("stopped twice", 2, 7)] as [(String, Int, Int?)]
    {
      ThreadPool.shared.threads = threads
      let other = try prepare(name)
      try train(other, stoppingEvery: stops)
      #expect(try bytes(one.parameters) == bytes(other.parameters), "\(name)")
      #expect(try bytes(one.checkpoint) == bytes(other.checkpoint), "\(name)")
    }
  }

  /// What is not chunks is learned as it is, and the score is the accuracy.
  @Test func plainTagsAreLearned() throws {
    func plain(_ sentences: [TaggedSentence]) -> [TaggedSentence] {
      sentences.map { sentence in
        var sentence = sentence
        sentence.tags = sentence.tokens.map { $0.first?.isUppercase == true ? "NAME" : $0 == "." ? "PUNCT" : "WORD" }
        return sentence
      }
    }
    let vocabulary = TaggerVocabulary(plain(training), scheme: .plain)
    let model = ModelFolder("\(folder.path)/plain")
    try TaggerTrainer.prepare(
      model, training: plain(training), validation: plain(validation), vocabulary: vocabulary,
      configuration: TaggerConfiguration(
        words: vocabulary.words.count + 1, characters: vocabulary.characters.scalars.count + 1, tags: 3, embedding: 8,
        hidden: 8), options: TrainingOptions(batch: 8, budget: .epochs(6), rate: 0.01))
    try train(model)
    let (tagger, known) = try model.tagger()
    let tagging = try SentenceTagger(tagger, known).tag([["Mira", "lives", "in", "Rokata", "."]])[0]
    #expect(tagging.tags == ["NAME", "WORD", "WORD", "NAME", "PUNCT"] && tagging.entities.isEmpty)
  }

  /// Files that no run writes are refused, and end no program.
  @Test(arguments: [
    ("training/checkpoint.safetensors", #"\"window\":1"#, #"\"window\":99"#),
    ("training/options.json", "\"batch\" : 8", "\"batch\" : 0"),
    ("training/options.json", "\"batch\" : 8", "\"batch\" : 4611686018427387904"),
    ("training/options.json", "\"options\"", "\"option\""),
    ("training/sentences.json", "\"B-PER\"", "\"B-OTHER\""),
    ("training/sentences.json", "\"B-PER\",", ""),
    ("training/sentences.json", "{", "["),
    ("config.json", "\"hidden\" : 16", "\"hidden\" : 17"),
    ("config.json", "\"hidden\" : 16", "\"hidden\" : 1048576"),
    ("config.json", "\"layers\" : 2", "\"layers\" : 0"),
    ("config.json", "\"words\" : ", "\"words\" : 9"),
    ("config.json", "\"cell\" : \"lstm\"", "\"cell\" : \"gru\""),
    ("config.json", "\"output\" : \"crf\"", "\"output\" : \"softmax\""),
    ("config.json", "\"task\" : \"tagger\"", "\"task\" : \"language-model\""),
    ("vocabulary.json", "\"trainedScheme\" : \"iobes\"", "\"trainedScheme\" : \"plain\""),
    ("vocabulary.json", "\"O\"", "\"Q\""),
    ("vocabulary.json", "\"B-PER\"", "\"I-PER\""),
    ("vocabulary.json", "\"in\"", "\".\""),
    ("vocabulary.json", "\"characters\" : [", "\"characters\" : [ 999999,"),
  ])
  func editedFilesAreRefused(_ name: String, _ old: String, _ new: String) throws {
    let model = try prepare("edited")
    var trainer = try TaggerTrainer(model)
    try trainer.train(clock: { 0 }, shouldStop: { true })
    let whole = try folder.read("edited/\(name)")
    let range = try #require(whole.firstRange(of: Array(old.utf8)), "\(old) is not in \(name)")
    try folder.write(whole[..<range.lowerBound] + Array(new.utf8) + whole[range.upperBound...], to: "edited/\(name)")
    #expect(throws: (any Error).self) { try TaggerTrainer(model) }
    if !name.hasPrefix("training/") { #expect(throws: (any Error).self) { try model.tagger() } }
    try folder.write(whole.prefix(whole.count / 2), to: "edited/\(name)")
    #expect(throws: (any Error).self) { try TaggerTrainer(model) }
  }
}

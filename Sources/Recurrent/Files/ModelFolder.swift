#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The places of a model's files.
///
///     config.json           what the model is
///     model.safetensors     its parameters: the best so far by validation loss, or the latest without validation
///     vocabulary.json       its tokenizer
///     training/             what it takes to go on: options, tokens or examples, checkpoint, metrics
public struct ModelFolder: Sendable, Hashable {
  public let path: String

  public init(_ path: String) { self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path }

  public var configuration: String { path + "/config.json" }
  public var parameters: String { path + "/model.safetensors" }
  public var vocabulary: String { path + "/vocabulary.json" }
  /// The tokenizer of what is written, where it is another than that of what is read.
  public var targetVocabulary: String { path + "/target-vocabulary.json" }
  public var training: String { path + "/training" }
  public var options: String { training + "/options.json" }
  /// In the place of `options` for a run that learns from a text as it comes, and keeps no tokens.
  public var onlineOptions: String { training + "/online.json" }
  /// Parameters, optimiser state, hidden state and progress in one file, so that they always belong together.
  public var checkpoint: String { training + "/checkpoint.safetensors" }
  public var metrics: String { training + "/metrics.jsonl" }
  /// A line for each time that training was begun or gone on with.
  public var runs: String { training + "/runs.jsonl" }
  public var tokens: String { training + "/tokens.bin" }
  public var validationTokens: String { training + "/validation.bin" }
  /// What a classifier is trained and validated on.
  var examples: String { training + "/examples.safetensors" }
  var validationExamples: String { training + "/validation.safetensors" }
  /// The sentences of a tagger.
  public var sentences: String { training + "/sentences.json" }

  /// True if something stands at the path.
  public var exists: Bool {
    var information = stat()
    return stat(path, &information) == 0
  }

  /// True if a run was prepared here: its options are written last.
  public var hasRun: Bool { access(options, R_OK) == 0 }

  /// True if it is one that learns from a text as it comes.
  public var hasOnlineRun: Bool { access(onlineOptions, R_OK) == 0 }

  /// True if a run can be taken up in its course.
  public var hasCheckpoint: Bool { access(checkpoint, R_OK) == 0 }

  var hasValidationExamples: Bool { access(validationExamples, R_OK) == 0 }

  /// Makes the folder and the folders above it.
  public func create() throws(FileError) {
    var made = training.hasPrefix("/") ? "/" : ""
    for part in training.split(separator: "/") {
      made += (made.isEmpty || made.hasSuffix("/") ? "" : "/") + part
      if mkdir(made, 0o755) != 0 && errno != EEXIST { throw .writing(made) }
    }
  }

  /// Removes what a run that never reached its first checkpoint has left.
  public func discard() {
    for file in [
      options, onlineOptions, checkpoint, metrics, runs, tokens, validationTokens, examples, validationExamples,
      configuration, parameters, vocabulary, targetVocabulary, sentences,
    ] {
      unlink(file)
    }
    rmdir(training)
    rmdir(path)
  }
}

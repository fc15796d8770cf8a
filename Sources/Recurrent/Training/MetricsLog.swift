#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// One line of `metrics.jsonl`.
public struct MetricsRecord: Sendable, Hashable, Codable {
  /// Updates made.
  public var step: Int
  /// Epochs, the current one in part.
  public var epoch: Double
  /// Seconds of training so far.
  public var seconds: Double
  /// The mean loss of the step's items: for tokens and classes, the cross-entropy in nats.
  public var trainingLoss: Double?
  public var validationLoss: Double?
  /// Accuracy, F1 or what else decides which model is the best; not for language models, where it is the loss.
  public var validationScore: Double?
  public var rate: Float?
  /// The norm of the last gradient before clipping.
  public var gradientNorm: Double?
  /// Tokens, or sequences, trained on in a second.
  public var tokensPerSecond: Double?

  enum CodingKeys: String, CodingKey {
    case step, epoch, seconds, rate
    case trainingLoss = "training_loss"
    case validationLoss = "validation_loss"
    case validationScore = "validation_score"
    case gradientNorm = "gradient_norm"
    case tokensPerSecond = "tokens_per_second"
  }
}

/// A growing file of metrics, a JSON object on each line.
struct MetricsLog {
  private let path: String
  private let encoder: JSONEncoder

  /// - Parameter step: later lines, which a run left that was killed after its checkpoint, are dropped: they come again.
  init(_ path: String, keepingThrough step: Int) throws {
    self.path = path
    encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let kept = Self.read(path).filter { $0.step <= step }
    let lines = try kept.reduce(into: [UInt8]()) { $0 += Array(try encoder.encode($1)) + [10] }
    try AtomicFile.write(lines, to: path)
  }

  /// The records of a file; a line that was cut while being written is left out.
  static func read(_ path: String) -> [MetricsRecord] {
    guard let file = try? MappedFile(path) else { return [] }
    return file.contents.split(separator: 10).compactMap {
      try? JSONDecoder().decode(MetricsRecord.self, from: Data($0))
    }
  }

  func append(_ record: MetricsRecord) throws {
    let line = Array(try encoder.encode(record)) + [10]
    let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw FileError.writing(path) }
    defer { close(descriptor) }
    guard write(descriptor, line, line.count) == line.count else { throw FileError.writing(path) }
  }
}

extension ModelFolder {
  /// The metrics of the run so far; none where there was none.
  public func metricsRecords() -> [MetricsRecord] { MetricsLog.read(metrics) }
}

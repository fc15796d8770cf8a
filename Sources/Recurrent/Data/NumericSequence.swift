/// A sequence of vectors: what the channels of a sensor read, step after step.
public struct NumericSequence: Sendable {
  /// Row-major `[time, channels]`; a missing value is NaN, all others are finite.
  public var values: [Float]
  public var channels: Int
  /// nil if none was read.
  public var label: String?
  /// Its name in a table; otherwise its number from 1.
  public var name: String
  /// The line of its file on which it starts.
  public var line: Int

  public init(values: [Float], channels: Int, label: String? = nil, name: String = "", line: Int = 0) {
    precondition(channels > 0 && values.count % channels == 0, "\(values.count) values of \(channels) channels")
    self.values = values
    self.channels = channels
    self.label = label
    self.name = name
    self.line = line
  }

  /// Steps.
  public var time: Int { values.count / channels }
}

/// Sequences of vectors and the file they come from.
public struct NumericSequences: Sendable {
  /// What the user calls the file.
  public let path: String
  /// Their names; their numbers from 1 where the file has none.
  public let channels: [String]
  public let sequences: [NumericSequence]
  /// What the user should know, see `TextFile.note`.
  public let note: String?
}

import Tensors

/// From what stands in a user's file to what a classifier reads. Everything that is fitted is fitted on training data.
public struct ClassifierReading: Sendable, Hashable, Codable {
  /// Of texts, before they are cut into tokens.
  public var normalisation: TextNormalisation
  /// Most tokens of a text: of a longer one, the first and the last half of so many are read.
  public var maximumLength: Int
  /// Of the channels of numeric sequences; nil for texts.
  public var scaling: ChannelScaling?
  /// Where texts and labels stood in the training file, and so do in others unless one says otherwise.
  public var columns: ClassifierColumns

  public init(
    normalisation: TextNormalisation = .none, maximumLength: Int = 1000, scaling: ChannelScaling? = nil,
    columns: ClassifierColumns = ClassifierColumns()
  ) {
    self.normalisation = normalisation
    self.maximumLength = maximumLength
    self.scaling = scaling
    self.columns = columns
  }

  /// The tokens of a text.
  public func tokens(_ text: String, _ tokenizer: Tokenizer) throws -> [Int32] {
    cut(try tokenizer.encode(Array(normalisation(text).utf8)))
  }

  /// What each of these tokens looks like in the normalised text.
  func pieces(_ text: String, _ tokenizer: Tokenizer) -> [String] {
    cut(tokenizer.pieces(normalisation(text)))
  }

  /// The first and the last half of what is too long.
  private func cut<T>(_ all: [T]) -> [T] {
    all.count <= maximumLength
      ? all : Array(all.prefix(maximumLength - maximumLength / 2) + all.suffix(maximumLength / 2))
  }
}

/// The columns of a table that matter, by name or by number from 1.
public struct ClassifierColumns: Sendable, Hashable, Codable {
  public var text: String?
  public var label: String?
  /// Of numeric sequences in long format.
  public var series: String?
  public var time: String?
  public var features: [String]?
  public var header: Bool
  /// Stands between the labels of a row, where it may have several.
  public var separator: String

  public init(
    text: String? = nil, label: String? = nil, series: String? = nil, time: String? = nil, features: [String]? = nil,
    header: Bool = true, separator: String = ";"
  ) {
    self.text = text
    self.label = label
    self.series = series
    self.time = time
    self.features = features
    self.header = header
    self.separator = separator
  }
}

/// Pairs of sequences of tokens, one to be read and one to be written: what an encoder and a decoder are trained on.
public struct SequencePairs: Sendable, Hashable {
  /// Token ids of each source.
  public var sources: [[Int32]]
  /// Token ids of each target. Where words are copied, ids beyond the vocabulary stand for words of the pair's source that
  /// the vocabulary does not have.
  public var targets: [[Int32]]
  /// What each token of each source is as a target, -1 for none; nil where nothing is copied.
  public var copies: [[Int32]]?

  /// - Precondition: there are as many of each.
  public init(sources: [[Int32]], targets: [[Int32]], copies: [[Int32]]? = nil) {
    precondition(
      sources.count == targets.count && copies?.count ?? sources.count == sources.count,
      "\(sources.count) sources and \(targets.count) targets")
    (self.sources, self.targets, self.copies) = (sources, targets, copies)
  }

  public var count: Int { sources.count }

  /// The pairs at some indices, in their order.
  public func subset(_ indices: [Int]) -> SequencePairs {
    SequencePairs(
      sources: indices.map { sources[$0] }, targets: indices.map { targets[$0] },
      copies: copies.map { copies in indices.map { copies[$0] } })
  }

  /// A file of them, for a run that is taken up again.
  public func write(to path: String) throws(FileError) {
    var writer = SafetensorsWriter()
    for (name, sequences) in [("source", sources), ("target", targets)] + (copies.map { [("copy", $0)] } ?? []) {
      writer.add(name + "_lengths", integers: sequences.map(\.count))
      writer.add(name + "_tokens", integers: sequences.joined().map(Int.init))
    }
    try writer.write(to: path)
  }

  /// - Throws: `SafetensorsError`, or `ModelFileError.malformed` where sizes do not fit.
  public init(reading path: String) throws {
    let file = try SafetensorsFile(reading: path)
    func refuse(_ detail: String) -> any Error { ModelFileError.malformed(path: path, detail: detail) }
    func sequences(_ name: String, from least: Int) throws -> [[Int32]] {
      let lengths = try file.integers(name + "_lengths")
      let tokens = try file.integers(name + "_tokens")
      guard lengths.allSatisfy({ (0...tokens.count).contains($0) }), lengths.reduce(0, +) == tokens.count else {
        throw refuse("its lengths do not add up")
      }
      guard tokens.allSatisfy({ (least...Int(Int32.max)).contains($0) }) else {
        throw refuse("it has a token below \(least), or beyond all vocabularies")
      }
      var start = 0
      return lengths.map { length in
        defer { start += length }
        return tokens[start..<start + length].map { Int32($0) }
      }
    }
    let (sources, targets) = (try sequences("source", from: 0), try sequences("target", from: 0))
    let copies = file.names.contains("copy_tokens") ? try sequences("copy", from: -1) : nil
    guard sources.count == targets.count else {
      throw refuse("it has \(sources.count) sources and \(targets.count) targets")
    }
    if let copies, copies.map(\.count) != sources.map(\.count) {
      throw refuse("its copies are not those of its sources")
    }
    self.init(sources: sources, targets: targets, copies: copies)
  }
}

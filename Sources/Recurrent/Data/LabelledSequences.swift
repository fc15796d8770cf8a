/// Sequences of tokens or of vectors, each with the classes that it belongs to: what a classifier is trained on.
public struct LabelledSequences: Sendable {
  public enum Steps: Sendable {
    /// Token ids of each sequence.
    case tokens([[Int32]])
    /// Row-major `[time, features]` of each sequence.
    case vectors([[Float]], features: Int)
  }

  public var steps: Steps
  /// The classes of each sequence: one, or with several labels any number, in ascending order.
  public var classes: [[Int]]

  public init(_ steps: Steps, classes: [[Int]]) {
    self.steps = steps
    self.classes = classes
    precondition(count == classes.count, "\(count) sequences, and classes of \(classes.count)")
  }

  public var count: Int {
    switch steps {
    case .tokens(let ids): ids.count
    case .vectors(let values, _): values.count
    }
  }

  /// Steps of a sequence.
  public func length(_ index: Int) -> Int {
    switch steps {
    case .tokens(let ids): ids[index].count
    case .vectors(let values, let features): values[index].count / features
    }
  }

  public var lengths: [Int] { (0..<count).map(length) }

  /// The sequences at some indices, in their order.
  public func subset(_ indices: [Int]) -> LabelledSequences {
    let chosen: Steps =
      switch steps {
      case .tokens(let ids): .tokens(indices.map { ids[$0] })
      case .vectors(let values, let features): .vectors(indices.map { values[$0] }, features: features)
      }
    return LabelledSequences(chosen, classes: indices.map { classes[$0] })
  }

  /// A file of them, for a run that is taken up again.
  public func write(to path: String) throws(FileError) {
    var writer = SafetensorsWriter()
    writer.add("lengths", integers: lengths)
    writer.add("class_counts", integers: classes.map(\.count))
    writer.add("classes", integers: Array(classes.joined()))
    switch steps {
    case .tokens(let ids): writer.add("tokens", integers: ids.joined().map(Int.init))
    case .vectors(let values, let features):
      let all = Array(values.joined())
      writer.add("vectors", shape: [all.count / features, features], floats: all)
    }
    try writer.write(to: path)
  }

  /// - Throws: `SafetensorsError`, or `TrainingError.checkpointMismatch` where sizes do not fit.
  public init(reading path: String) throws {
    let file = try SafetensorsFile(reading: path)
    func refuse(_ detail: String) -> any Error { ModelFileError.malformed(path: path, detail: detail) }
    /// Cuts a list into pieces of the given lengths.
    func cut<T>(_ all: [T], _ lengths: [Int], times width: Int = 1) throws -> [[T]] {
      guard lengths.allSatisfy({ (0...all.count).contains($0) }), lengths.reduce(0, +) * width == all.count else {
        throw refuse("its lengths do not add up")
      }
      var start = 0
      return lengths.map { length in
        defer { start += length * width }
        return Array(all[start..<start + length * width])
      }
    }
    let lengths = try file.integers("lengths")
    let classes = try cut(file.integers("classes"), file.integers("class_counts"))
    guard classes.count == lengths.count, classes.joined().allSatisfy({ $0 >= 0 }) else {
      throw refuse("its classes are not those of its sequences")
    }
    if file.names.contains("tokens") {
      let ids = try file.integers("tokens").map { id throws -> Int32 in
        guard let id = Int32(exactly: id), id >= 0 else { throw refuse("it has token \(id)") }
        return id
      }
      self.init(.tokens(try cut(ids, lengths)), classes: classes)
    } else {
      let shape = try file.shape("vectors")
      guard shape.count == 2, shape[1] > 0 else { throw refuse("its vectors have shape \(shape)") }
      self.init(
        .vectors(try cut(file.floats("vectors"), lengths, times: shape[1]), features: shape[1]), classes: classes)
    }
  }
}

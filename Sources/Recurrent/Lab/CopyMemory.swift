import Tensors

/// Copy memory (after Hochreiter and Schmidhuber 1997, experiment 2c, in the form of Arjovsky, Shah and Bengio 2016): a few
/// letters, a delay of blanks, a signal, and then the letters are to be said again in their order.
public struct CopyMemory: MemoryTask {
  /// Letters to remember, and how many different ones there are.
  public static let (payload, letters) = (4, 8)
  static let (blank, signal) = (Int32(letters), Int32(letters + 1))

  /// Blanks between the letters and the signal.
  public let delay: Int

  public init(delay: Int) {
    precondition(delay >= 0, "a delay of \(delay) steps")
    self.delay = delay
  }

  public var name: String { "copy" }
  public var inputs: Int { Self.letters + 2 }
  public var outputs: Int { Self.letters }
  public var recipe: MemoryRecipe {
    MemoryRecipe(hidden: 32, batch: 20, rate: 0.005, sequences: 150_000, testEvery: 2_000, span: delay + Self.payload)
  }
  public var published: String {
    "Arjovsky, Shah and Bengio 2016: with 10 letters and a delay of 100 or more, an LSTM of 40 units stays at the loss of "
      + "one who remembers nothing; their unitary network solves it"
  }
  public var criterion: String { "share of sequences copied without an error; solved from 0.99 on" }

  public func examples(_ count: Int, key: RandomKey) -> MemoryExamples {
    var random = SequentialRandom(key)
    let time = 2 * Self.payload + delay
    var ids = [Int32](repeating: Self.blank, count: count * time)
    var (asked, classes): ([Int32], [Int32]) = ([], [])
    for row in 0..<count {
      let start = row * time
      for index in 0..<Self.payload {
        let letter = Int32.random(in: 0..<Int32(Self.letters), using: &random)
        ids[start + index] = letter
        asked.append(Int32(start + Self.payload + delay + index))
        classes.append(letter)
      }
      ids[start + Self.payload + delay] = Self.signal
    }
    return MemoryExamples(
      input: .tokens(ids, batch: count, time: time, embedding: nil), asked: asked, answers: .classes(classes))
  }

  public func judge(key: RandomKey, _ answers: (MemoryExamples) -> Tensor) -> MemoryScore {
    let right = accuracy(examples(500, key: key), each: Self.payload, answers)
    return MemoryScore(value: right, solved: right >= 0.99)
  }
}

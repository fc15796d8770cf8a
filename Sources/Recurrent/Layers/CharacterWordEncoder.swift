import Tensors

/// A vector for each word from its characters (Lample et al. 2016): a bidirectional recurrent layer reads them, and the
/// final states of both directions stand for the word. So words that were never seen, capitals, digits and endings have
/// vectors too.
public struct CharacterWordEncoder: Module {
  /// `[characters, features]`
  public var embedding: Embedding
  public var stack: RecurrentStack

  /// - Parameters:
  ///   - characters: size of the alphabet.
  ///   - features: of the vector of a character.
  ///   - hidden: units of each direction.
  public init(
    _ cell: any Cell, characters: Int, features: Int, hidden: Int, forgetBias: Float = 0,
    initialiser: inout ParameterInitialiser
  ) {
    embedding = Embedding(vocabulary: characters, features: features, initialiser: &initialiser)
    stack = RecurrentStack(
      cell, input: features, hidden: hidden, bidirectional: true, forgetBias: forgetBias, initialiser: &initialiser)
  }

  /// Features of a word's vector: twice the hidden size.
  public var outputSize: Int { stack.outputSize }

  /// Each different word is computed once, side by side with others of similar length.
  ///
  /// For sentences, let the words be those of all sentences one after another, and take `[batch, time, outputSize]` from
  /// the result with `gather(_:shape:)`; padded positions may take any word.
  ///
  /// - Parameters:
  ///   - characters: the ids of the characters of all words, one word after another.
  ///   - lengths: characters of each word. A word without characters has a vector of zeros.
  /// - Returns: `[words, outputSize]`
  /// - Precondition: the lengths sum up to the number of characters.
  public func callAsFunction(_ characters: [Int32], lengths: [Int32]) -> Tensor {
    var table = ByteStringTable()
    var words: [Range<Int>] = []
    var index: [Int] = []
    var start = 0
    for length in lengths {
      let word = start..<start + Int(length)
      precondition(length >= 0 && word.upperBound <= characters.count, "\(characters.count) characters end in a word")
      let number = characters[word].withUnsafeBytes { table.insert($0) }
      if number == words.count { words.append(word) }
      index.append(number)
      start = word.upperBound
    }
    precondition(start == characters.count, "\(characters.count) characters for words of \(start)")
    guard !words.isEmpty else { return Tensor(shape: [0, outputSize]) }

    let order = words.indices.sorted { (words[$0].count, $0) < (words[$1].count, $1) }
    var places = [Int32](repeating: 0, count: words.count)
    for (place, word) in order.enumerated() { places[word] = Int32(place) }
    let vectors = Self.groups(order.map { words[$0].count }).map { encode(order[$0].map { words[$0] }, of: characters) }
    return Tensor.concatenate(vectors, axis: 0).gather(index.map { places[$0] }, shape: [index.count])
  }

  /// Cuts sorted lengths so that none is less than half the longest one beside it: at most half of a group is padding, and
  /// words without characters stand apart.
  package static func groups(_ lengths: [Int]) -> [Range<Int>] {
    var groups: [Range<Int>] = []
    var end = lengths.count
    while end > 0 {
      let start = lengths[..<end].firstIndex { 2 * $0 >= lengths[end - 1] } ?? end - 1
      groups.append(start..<end)
      end = start
    }
    return groups.reversed()
  }

  /// `[words, outputSize]` of words sorted by length.
  private func encode(_ words: [Range<Int>], of characters: [Int32]) -> Tensor {
    guard let time = words.last?.count, time > 0 else { return Tensor(shape: [words.count, outputSize]) }
    let ids = words.flatMap { characters[$0] + repeatElement(0, count: time - $0.count) }
    let (_, state) = stack(
      .tokens(ids, batch: words.count, time: time, embedding: embedding.weight),
      state: stack.zeroState(batch: words.count), lengths: words.map { Int32($0.count) })
    return Tensor.concatenate(state.layers.map { $0[0] }, axis: 1)
  }

  public mutating func visitParameters(_ visit: (String, inout Tensor) throws -> Void) rethrows {
    try embedding.visitParameters(under: "embedding", visit)
    try stack.visitParameters(under: "rnn", visit)
  }
}

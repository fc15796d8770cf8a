extension BytePairVocabulary {
  /// Learns merges from a corpus (Sennrich, Haddow and Birch 2016): again and again, the most frequent pair of neighbours
  /// becomes a token. Among equally frequent pairs, the one of the lowest tokens comes first.
  ///
  /// - Parameter size: tokens wanted, the 256 bytes included; fewer where no pair occurs twice.
  static func build(_ corpus: Corpus, size: Int, progress: (Int) -> Void) throws -> BytePairVocabulary {
    var counts: [[UInt8]: Int] = [:]
    var splitter = BytePairSplitter()
    var (done, current) = (0, 0)
    try corpus.forEachChunk { file, bytes in
      if file != current { splitter.finish { counts[$0, default: 0] += 1 } }
      current = file
      splitter.split(bytes) { counts[$0, default: 0] += 1 }
      done += bytes.count
      progress(done)
    }
    splitter.finish { counts[$0, default: 0] += 1 }
    var training = BytePairTraining(counts)
    var merges: [[Int32]] = []
    while merges.count < size - 256, let pair = training.mostFrequent() {
      training.merge(pair, into: Int32(256 + merges.count))
      merges.append([pair.first, pair.second])
    }
    return BytePairVocabulary(merges) ?? BytePairVocabulary([])!
  }
}

/// The pieces of a corpus as tokens, with the number of each pair and the pieces where it stands.
private struct BytePairTraining {
  struct Pair {
    var first: Int32
    var second: Int32
    var count: Int

    /// Whether this pair is merged before another.
    func precedes(_ other: Pair) -> Bool {
      count != other.count ? count > other.count : (first, second) < (other.first, other.second)
    }
  }

  private var pieces: [(tokens: [Int32], count: Int)]
  private var counts: [UInt64: Int] = [:]
  private var places: [UInt64: Set<Int32>] = [:]
  private var heap: [Pair] = []

  init(_ pieceCounts: [[UInt8]: Int]) {
    pieces = pieceCounts.sorted { $0.key.lexicographicallyPrecedes($1.key) }
      .map { ($0.key.map { Int32($0) }, $0.value) }
    for (index, piece) in pieces.enumerated() {
      for (a, b) in zip(piece.tokens, piece.tokens.dropFirst()) {
        let key = BytePairMerger.key(a, b)
        counts[key, default: 0] += piece.count
        places[key, default: []].insert(Int32(index))
      }
    }
    for (key, count) in counts { push(key, count) }
  }

  /// The pair to merge next, if one occurs at least twice. Counts in the heap may be out of date: these are looked up and
  /// put back.
  mutating func mostFrequent() -> Pair? {
    while let top = pop() {
      let key = BytePairMerger.key(top.first, top.second)
      let count = counts[key] ?? 0
      if count == top.count { return count >= 2 ? top : nil }
      if count > 0 { push(key, count) }
    }
    return nil
  }

  mutating func merge(_ pair: Pair, into token: Int32) {
    let merged = BytePairMerger.key(pair.first, pair.second)
    var changed = Set<UInt64>()
    for index in places[merged] ?? [] {
      let old = pieces[Int(index)].tokens
      let count = pieces[Int(index)].count
      var new: [Int32] = []
      var position = 0
      while position < old.count {
        if position + 1 < old.count, old[position] == pair.first, old[position + 1] == pair.second {
          new.append(token)
          position += 2
        } else {
          new.append(old[position])
          position += 1
        }
      }
      for (a, b) in zip(old, old.dropFirst()) { counts[BytePairMerger.key(a, b), default: 0] -= count }
      for (a, b) in zip(new, new.dropFirst()) {
        let key = BytePairMerger.key(a, b)
        counts[key, default: 0] += count
        places[key, default: []].insert(index)
        if a == token || b == token { changed.insert(key) }
      }
      pieces[Int(index)].tokens = new
    }
    counts[merged] = nil
    places[merged] = nil
    for key in changed { push(key, counts[key] ?? 0) }
  }

  private mutating func push(_ key: UInt64, _ count: Int) {
    heap.append(
      Pair(
        first: Int32(bitPattern: UInt32(key >> 32)), second: Int32(bitPattern: UInt32(truncatingIfNeeded: key)),
        count: count))
    var child = heap.count - 1
    while child > 0, heap[child].precedes(heap[(child - 1) / 2]) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  private mutating func pop() -> Pair? {
    guard let top = heap.first, let last = heap.popLast() else { return nil }
    guard !heap.isEmpty else { return top }
    heap[0] = last
    var parent = 0
    while true {
      var best = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].precedes(heap[best]) {
        best = child
      }
      if best == parent { return top }
      heap.swapAt(parent, best)
      parent = best
    }
  }
}

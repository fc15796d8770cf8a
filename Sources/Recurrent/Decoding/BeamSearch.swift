import Tensors

/// The best outputs of a model by beam search, for several sources side by side.
///
/// At each step, all tokens after all live hypotheses of a source are candidates. Of the `beam` best ones, those that end
/// are finished, and the `beam` best that do not end live on. A source is done when as many are finished as the beam is
/// wide, or when no live one can become better than the worst that is asked for: what it may still gain is bounded, since
/// log-probabilities and coverage penalties are at most 0. With a beam of 1 this takes the likeliest token always; with a
/// beam as wide as there are outputs it finds the best of all.
public struct BeamSearch {
  public let options: SearchOptions
  let start: Int32
  let end: Int32
  /// Tokens that are never given out, such as the unknown token.
  let forbidden: [Int32]
  let constraint: TokenConstraint?
  let keepsAttention: Bool

  /// - Parameters:
  ///   - constraint: what an output must be like; nil for anything.
  ///   - keepsAttention: hypotheses come with their attention.
  public init(
    _ options: SearchOptions, start: Int32, end: Int32, forbidden: [Int32] = [], constraint: TokenConstraint? = nil,
    keepsAttention: Bool = false
  ) {
    precondition(options.flaw == nil, "a search by \(options.flaw ?? "")")
    (self.options, self.start, self.end, self.forbidden) = (options, start, end, forbidden)
    (self.constraint, self.keepsAttention) = (constraint, keepsAttention)
  }

  /// - Parameter session: at its start, for so many sources.
  /// - Returns: for each source its `best` outputs, best first; fewer where there are fewer.
  public func run(_ session: inout some SearchSession, sources count: Int) -> [[Hypothesis]] {
    var beams = (0..<count).map { _ in SourceBeam(self) }
    // Those that are not done, by their place in `beams`.
    var open = Array(0..<count)
    var tokens = [Int32](repeating: start, count: count)
    var parents = [Int32](repeating: 0, count: count)
    for length in 0...options.length where !open.isEmpty {
      let (logProbabilities, attention) = session.step(tokens: tokens, parents: parents)
      let width = tokens.count / open.count
      for (place, source) in open.enumerated() {
        beams[source].advance(
          logProbabilities, attention, rows: place * width..<(place + 1) * width, length: length)
      }
      let going = open.indices.filter { !beams[open[$0]].isDone }
      if going.count < open.count { session.keep(going) }
      open = going.map { open[$0] }
      (tokens, parents) = ([], [])
      for source in open {
        // Every source has as many hypotheses: what it lacks are copies that nobody looks at.
        let live = beams[source].live
        for index in 0..<options.beam {
          let hypothesis = live[min(index, live.count - 1)]
          tokens.append(hypothesis.tokens.last ?? start)
          parents.append(Int32(hypothesis.parent))
        }
      }
    }
    return beams.map { $0.result }
  }
}

/// The hypotheses of one source.
private struct SourceBeam {
  /// One that has not ended.
  struct Live {
    var tokens: [Int32] = []
    var logProbability = 0.0
    /// Which of those of the step before it goes on from.
    var parent = 0
    var state: TokenConstraint.State?
    var attention: [[Float]] = []
    /// The attention that each step of the source got so far.
    var coverage: [Float] = []
  }

  private struct Candidate {
    var logProbability: Double
    var parent: Int
    var token: Int32
    var state: TokenConstraint.State?
  }

  private let search: BeamSearch
  private(set) var live: [Live]
  private var finished: [Hypothesis] = []
  private(set) var isDone = false

  init(_ search: BeamSearch) {
    self.search = search
    live = [Live(state: search.constraint?.start)]
  }

  var result: [Hypothesis] {
    Array(finished.sorted { $0.score > $1.score }.prefix(search.options.best))
  }

  /// Takes the next step.
  ///
  /// - Parameters:
  ///   - rows: those of this source.
  ///   - length: tokens of the live hypotheses.
  mutating func advance(_ logProbabilities: Tensor, _ attention: Tensor?, rows: Range<Int>, length: Int) {
    let options = search.options
    if let attention { pay(attention, rows.lowerBound) }
    let candidates = candidates(logProbabilities, rows.lowerBound, length: length)
    var next: [Live] = []
    for (rank, candidate) in candidates.enumerated() {
      let parent = live[candidate.parent]
      if candidate.token == search.end {
        if rank < options.beam { finish(parent, candidate.logProbability, ended: true) }
      } else if length == options.length {
        // There is no room for the token.
        if rank < options.beam { finish(parent, parent.logProbability, ended: false) }
      } else if next.count < options.beam {
        var hypothesis = parent
        hypothesis.tokens.append(candidate.token)
        hypothesis.logProbability = candidate.logProbability
        hypothesis.parent = candidate.parent
        hypothesis.state = candidate.state
        next.append(hypothesis)
      }
    }
    live = next
    isDone = live.isEmpty || finished.count >= options.beam || !canImprove(length: length + 1)
  }

  private mutating func pay(_ attention: Tensor, _ first: Int) {
    guard search.keepsAttention || search.options.coveragePenalty > 0 else { return }
    let time = attention.shape.columns
    for index in live.indices {
      let row = (0..<time).map { attention.pointer[(first + index) * time + $0] }
      if search.keepsAttention { live[index].attention.append(row) }
      if live[index].coverage.isEmpty { live[index].coverage = Array(repeating: 0, count: time) }
      for t in 0..<time { live[index].coverage[t] += row[t] }
    }
  }

  private mutating func finish(_ hypothesis: Live, _ logProbability: Double, ended: Bool) {
    let options = search.options
    // Of several ways on from one that is cut, the first stands for all.
    if !ended, finished.contains(where: { !$0.finished && $0.tokens == hypothesis.tokens }) { return }
    var score = logProbability / options.normalisation(tokens: hypothesis.tokens.count + (ended ? 1 : 0))
    if options.coveragePenalty > 0 {
      // Padded steps, which get no attention, have no say.
      let logs = hypothesis.coverage.filter { $0 > 0 }.map { Double.log(min(1, Double($0))) }
      score += options.coveragePenalty * logs.reduce(0, +)
    }
    finished.append(
      Hypothesis(
        tokens: hypothesis.tokens, logProbability: logProbability, score: score, finished: ended,
        attention: Array(hypothesis.attention.prefix(hypothesis.tokens.count + (ended ? 1 : 0)))))
  }

  /// False if no live hypothesis can get a better score than the worst one that is asked for.
  ///
  /// - Parameter length: tokens of the live hypotheses.
  private func canImprove(length: Int) -> Bool {
    let options = search.options
    guard finished.count >= options.best else { return true }
    let worst = finished.map(\.score).sorted(by: >)[options.best - 1]
    // A log-probability is at most 0, so it weighs least where the output is longest.
    let bound = live[0].logProbability / options.normalisation(tokens: options.length + 1)
    return bound > worst
  }

  /// The best candidates, best first: twice the beam, of which half at most can end. Among equals the earlier hypothesis
  /// and the lower token come first.
  private func candidates(_ logProbabilities: Tensor, _ first: Int, length: Int) -> [Candidate] {
    let columns = logProbabilities.shape.columns
    var best = BestCandidates<Candidate>(2 * search.options.beam)
    for (index, hypothesis) in live.enumerated() {
      let row = UnsafePointer(logProbabilities.pointer + (first + index) * columns)
      let blocked = Set(search.forbidden + blockedTokens(hypothesis.tokens))
      func offer(_ token: Int32, _ state: TokenConstraint.State?) {
        let value = hypothesis.logProbability + Double(row[Int(token)])
        guard value > best.threshold, !blocked.contains(token) else { return }
        best.insert(Candidate(logProbability: value, parent: index, token: token, state: state)) {
          $0.logProbability
        }
      }
      if let constraint = search.constraint, let state = hypothesis.state {
        let room = search.options.length - length
        if constraint.accepts(state) { offer(search.end, nil) }
        for move in constraint.moves(from: state)
        where move.token != search.end && constraint.distance(move.state) < room {
          offer(move.token, move.state)
        }
      } else {
        for token in 0..<Int32(columns) { offer(token, nil) }
      }
    }
    return best.items
  }

  /// Tokens that would repeat a sequence of n.
  private func blockedTokens(_ tokens: [Int32]) -> [Int32] {
    let n = search.options.blockedNGram
    guard n > 0, tokens.count >= n else { return [] }
    let tail = tokens.suffix(n - 1)
    return (0...tokens.count - n).compactMap { start in
      tokens[start..<start + n - 1].elementsEqual(tail) ? tokens[start + n - 1] : nil
    }
  }
}

/// The best of many values, best first; among equals those that came first.
struct BestCandidates<Item> {
  private(set) var items: [Item] = []
  private var values: [Double] = []
  private let count: Int

  init(_ count: Int) { self.count = count }

  /// What a value must be above to be taken; minus infinity, which no possible token has, never is.
  var threshold: Double { values.count < count ? -.infinity : values[count - 1] }

  mutating func insert(_ item: Item, _ value: (Item) -> Double) {
    let new = value(item)
    guard new > threshold else { return }
    var place = values.count
    while place > 0, values[place - 1] < new { place -= 1 }
    values.insert(new, at: place)
    items.insert(item, at: place)
    if items.count > count {
      values.removeLast()
      items.removeLast()
    }
  }
}

import Tensors

/// A memory task whose strings belong to a formal language: after each symbol, a set of answers is right.
public protocol FormalLanguage: MemoryTask {
  /// The names of the symbols that are read, and of the answers.
  var symbolNames: [String] { get }
  var answerNames: [String] { get }

  /// Strings, and of each answer after each symbol whether it is right.
  func strings(_ count: Int, key: RandomKey) -> [(symbols: [Int], truth: [[Bool]])]

  /// The answers that a model gives by the outputs of one step.
  func given(_ outputs: ArraySlice<Float>) -> [Bool]
}

extension FormalLanguage {
  /// Lets a model read strings one by one.
  ///
  /// The states are the first layer's: h, and beside it the hyperbolic tangents of what else the cell keeps, so that a counter
  /// does not drown the rest.
  public func traces(_ model: MemoryModel, _ count: Int, key: RandomKey) -> [SymbolTrace] {
    let layer = model.stack.layers[0]
    return strings(count, key: key).map { symbols, truth in
      let run = layer.forward(
        .tokens(symbols.map(Int32.init), batch: 1, time: symbols.count, embedding: nil),
        initial: layer.zeroState(batch: 1), lengths: nil, reverse: false, precision: .float32)
      let outputs = model.output(run.output.reshaped([symbols.count, layer.hidden])).scalars
      let (h, hidden, width) = (run.output.scalars, layer.hidden, symbols.count * layer.hidden)
      // Those after h lie one after another: `[states - 1, 1, time, hidden]`.
      let others = (0..<(layer.cell.states - 1) * width).map { run.others.pointer[$0] }
      let states = symbols.indices.map { step -> [Double] in
        let places = step * hidden..<(step + 1) * hidden
        var state = places.map { Double(h[$0]) }
        for vector in 0..<layer.cell.states - 1 {
          for place in places { state.append(1 - 2 / (Double.exp(2 * Double(others[vector * width + place])) + 1)) }
        }
        return state
      }
      let answers = symbols.indices.map { given(outputs[$0 * self.outputs..<($0 + 1) * self.outputs]) }
      return SymbolTrace(symbols: symbols, states: states, answers: answers, truth: truth)
    }
  }
}

extension EmbeddedReber: FormalLanguage {
  public var symbolNames: [String] { Self.symbols.map(String.init) }
  public var answerNames: [String] { symbolNames }

  public func strings(_ count: Int, key: RandomKey) -> [(symbols: [Int], truth: [[Bool]])] {
    var random = SequentialRandom(key)
    return (0..<count).map { _ in
      let (ids, allowed) = string(&random)
      return (
        ids.dropLast().map(Int.init),
        allowed.map { allowed in Self.symbols.indices.map { allowed.contains(Int32($0)) } }
      )
    }
  }

  /// Symbols that are more than half as likely as one of two that are equally likely.
  public func given(_ outputs: ArraySlice<Float>) -> [Bool] {
    let most = outputs.max() ?? 0
    let powers = outputs.map { Double.exp(Double($0 - most)) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum > 0.25 }
  }
}

extension CountingLanguage: FormalLanguage {
  public var symbolNames: [String] { ["^"] + answerNames.dropFirst() }
  public var answerNames: [String] { ["$"] + "abc".prefix(letters).map(String.init) }

  public func strings(_ count: Int, key: RandomKey) -> [(symbols: [Int], truth: [[Bool]])] {
    var random = SequentialRandom(key)
    return (0..<count).map { _ in
      let (ids, allowed) = string(Int.random(in: 1...trained, using: &random))
      return (ids.map(Int.init), allowed.map { $0.map { $0 > 0 } })
    }
  }

  public func given(_ outputs: ArraySlice<Float>) -> [Bool] { outputs.map { $0 > 0 } }
}

extension Parity: FormalLanguage {
  public var symbolNames: [String] { ["0", "1"] }
  public var answerNames: [String] { ["even", "odd"] }

  public func strings(_ count: Int, key: RandomKey) -> [(symbols: [Int], truth: [[Bool]])] {
    var random = SequentialRandom(key)
    return (0..<count).map { _ in
      let bits = (0..<Int.random(in: 1...length, using: &random)).map { _ in Int.random(in: 0...1, using: &random) }
      var odd = 0
      return (
        bits,
        bits.map { bit in
          odd ^= bit
          return [odd == 0, odd == 1]
        }
      )
    }
  }

  public func given(_ outputs: ArraySlice<Float>) -> [Bool] {
    let values = Array(outputs)
    return [values[0] >= values[1], values[0] < values[1]]
  }
}

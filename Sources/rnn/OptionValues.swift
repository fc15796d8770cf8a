import ArgumentParser
import Recurrent
import Tensors

// How option values such as `momentum:0.9` or `step:4,1,0.5` are read.

/// A name and the numbers after its colon.
private struct Spelling {
  let name: String
  let numbers: [String]

  init(_ argument: String) {
    let parts = argument.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    name = String(parts[0])
    numbers = parts.count < 2 ? [] : parts[1].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
  }

  /// The number at an index, if it is finite and at least (or above) zero.
  func number(_ index: Int, above: Bool = false) -> Float? {
    guard numbers.indices.contains(index), let value = Float(numbers[index]), value.isFinite else { return nil }
    return value > 0 || (value == 0 && !above) ? value : nil
  }

  func integer(_ index: Int, atLeast least: Int = 0) -> Int? {
    guard numbers.indices.contains(index), let value = Int(numbers[index]), value >= least else { return nil }
    return value
  }
}

/// As one would type it: 5, not 5.0.
private func plain(_ number: Float) -> String {
  Int(exactly: number).map(String.init) ?? "\(number)"
}

extension CellKind: ExpressibleByArgument {}

extension GradientMethod: ExpressibleByArgument {}

/// A softmax of which the vocabulary is not known yet.
enum SoftmaxChoice: ExpressibleByArgument {
  case full
  /// nil for the default cutoffs.
  case adaptive([Int]?)

  init?(argument: String) {
    let spelling = Spelling(argument)
    let cutoffs = spelling.numbers.indices.compactMap { spelling.integer($0, atLeast: 1) }
    switch (spelling.name, spelling.numbers.count) {
    case ("full", 0): self = .full
    case ("adaptive", 0): self = .adaptive(nil)
    case ("adaptive", cutoffs.count) where zip(cutoffs, cutoffs.dropFirst()).allSatisfy { $0 < $1 }:
      self = .adaptive(cutoffs)
    default: return nil
    }
  }

  var defaultValueDescription: String { "full" }

  func softmax(vocabulary: Int, hidden: Int) -> Softmax {
    switch self {
    case .full: .full
    case .adaptive(let cutoffs):
      .adaptive(cutoffs: cutoffs ?? AdaptiveSoftmax.defaultCutoffs(classes: vocabulary, hidden: hidden))
    }
  }
}

extension Precision: ExpressibleByArgument {
  /// What to tell the user where it gains nothing; nil where it does.
  var notice: String? {
    isNative
      ? nil
      : "\(rawValue) gains no speed here: without an instruction for it that is faster, products are made in float32 of "
        + "rounded operands (\(Kernels.name))"
  }
}

extension OptimizerMethod: ExpressibleByArgument {
  public init?(argument: String) {
    let spelling = Spelling(argument)
    switch (spelling.name, spelling.numbers.count) {
    case ("sgd", 0): self = .sgd()
    case ("momentum", 1):
      guard let momentum = spelling.number(0), momentum < 1 else { return nil }
      self = .sgd(momentum: momentum)
    case ("asgd", 0): self = .averagedSGD()
    case ("asgd", 1):
      guard let patience = spelling.integer(0, atLeast: 1) else { return nil }
      self = .averagedSGD(patience: patience)
    case ("rmsprop", 0): self = .rmsprop()
    case ("adam", 0): self = .adam()
    case ("adamw", 0): self = .adamw()
    default: return nil
    }
  }

  public var defaultValueDescription: String {
    switch self {
    case .sgd(let momentum): momentum == 0 ? "sgd" : "momentum:\(plain(momentum))"
    case .averagedSGD(let patience): "asgd:\(patience)"
    case .rmsprop: "rmsprop"
    case .adam: "adam"
    case .adamw: "adamw"
    }
  }
}

extension Schedule: ExpressibleByArgument {
  static let help: ArgumentHelp = """
    Course of the rate: constant; step:AFTER,EVERY,FACTOR (hold for AFTER epochs, then multiply by FACTOR every EVERY); \
    exponential:FACTOR (each epoch); cosine:WARMUP (warm-up in steps, then down to zero); plateau:PATIENCE,FACTOR (after \
    PATIENCE epochs without a better validation).
    """

  public init?(argument: String) {
    let spelling = Spelling(argument)
    switch (spelling.name, spelling.numbers.count) {
    case ("constant", 0): self = .constant
    case ("step", 3):
      guard let after = spelling.integer(0), let every = spelling.integer(1, atLeast: 1),
        let factor = spelling.number(2, above: true)
      else { return nil }
      self = .step(after: after, every: every, factor: factor)
    case ("exponential", 1):
      guard let factor = spelling.number(0, above: true) else { return nil }
      self = .exponential(factor: factor)
    case ("cosine", 0): self = .cosine(warmup: 0)
    case ("cosine", 1):
      guard let warmup = spelling.integer(0) else { return nil }
      self = .cosine(warmup: warmup)
    case ("plateau", 2):
      guard let patience = spelling.integer(0, atLeast: 1), let factor = spelling.number(1, above: true), factor < 1
      else { return nil }
      self = .plateau(patience: patience, factor: factor)
    default: return nil
    }
  }

  public var defaultValueDescription: String {
    switch self {
    case .constant: "constant"
    case .step(let after, let every, let factor): "step:\(after),\(every),\(plain(factor))"
    case .exponential(let factor): "exponential:\(plain(factor))"
    case .cosine(let warmup): "cosine:\(warmup)"
    case .plateau(let patience, let factor): "plateau:\(patience),\(plain(factor))"
    }
  }
}

extension Clipping: ExpressibleByArgument {
  public init?(argument: String) {
    let spelling = Spelling(argument)
    switch (spelling.name, spelling.number(0, above: true)) {
    case ("none", nil) where spelling.numbers.isEmpty: self = .none
    case ("norm", let most?) where spelling.numbers.count == 1: self = .norm(most)
    case ("value", let most?) where spelling.numbers.count == 1: self = .value(most)
    default: return nil
    }
  }

  public var defaultValueDescription: String {
    switch self {
    case .none: "none"
    case .norm(let most): "norm:\(plain(most))"
    case .value(let most): "value:\(plain(most))"
    }
  }
}

extension Initialisation: ExpressibleByArgument {
  static let help: ArgumentHelp = """
    How parameters start: standard (layers as PyTorch's, vectors of tokens within ±0.1 if there are more than 500), pytorch (vectors of tokens \
    normal), uniform:R (all within ±R) or orthogonal (recurrent weights).
    """

  public init?(argument: String) {
    let spelling = Spelling(argument)
    switch (spelling.name, spelling.numbers.count) {
    case ("standard", 0): self = .standard
    case ("pytorch", 0): self = .pytorch
    case ("orthogonal", 0): self = .orthogonal
    case ("uniform", 1):
      guard let bound = spelling.number(0, above: true) else { return nil }
      self = .uniform(bound)
    default: return nil
    }
  }

  public var defaultValueDescription: String {
    switch self {
    case .standard: "standard"
    case .pytorch: "pytorch"
    case .orthogonal: "orthogonal"
    case .uniform(let bound): "uniform:\(plain(bound))"
    }
  }
}

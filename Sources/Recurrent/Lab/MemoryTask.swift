import Tensors

/// A task made up to show what a recurrent network can remember, and for how long.
///
/// Its examples are a function of a random key, so a run can be repeated, and nothing is ever seen twice but by chance.
public protocol MemoryTask: Sendable {
  /// As the command line spells it.
  var name: String { get }
  /// Features of the input, or symbols where it is one-hot.
  var inputs: Int { get }
  /// Outputs that an answer consists of.
  var outputs: Int { get }
  /// How it is trained unless one asks for something else: the same for every cell.
  var recipe: MemoryRecipe { get }
  /// What was published about it.
  var published: String { get }
  /// What a score's value is, and when the task counts as solved.
  var criterion: String { get }

  func examples(_ count: Int, key: RandomKey) -> MemoryExamples

  /// Tests a model.
  ///
  /// - Parameters:
  ///   - key: of examples that training does not draw.
  ///   - answers: what the model gives for examples, `[asked, outputs]`.
  func judge(key: RandomKey, _ answers: (MemoryExamples) -> Tensor) -> MemoryScore
}

/// How a memory task is trained.
public struct MemoryRecipe: Sendable, Hashable {
  public var hidden: Int
  public var batch: Int
  /// The learning rate of Adam.
  public var rate: Float
  /// The budget: training ends when so many sequences have been seen.
  public var sequences: Int
  /// Sequences between two tests.
  public var testEvery: Int
  /// Steps that something has to be remembered for: gates start so that units remember for 1 to so many steps (Tallec and
  /// Ollivier 2018). The LSTM of 1997 had no forget gate and never forgot.
  public var span: Int
  /// Added to the bias of the gate by which a state stays as it is, the same for all units.
  public var forgetBias: Float

  public init(
    hidden: Int, batch: Int, rate: Float, sequences: Int, testEvery: Int, span: Int = 1, forgetBias: Float = 0
  ) {
    self.hidden = hidden
    self.batch = batch
    self.rate = rate
    self.sequences = sequences
    self.testEvery = testEvery
    self.span = span
    self.forgetBias = forgetBias
  }
}

/// Sequences, the positions at which an answer is asked for, and the answers.
public struct MemoryExamples: Sendable {
  public var input: SequenceInput
  /// Steps of each sequence; nil if all have the full length.
  public var lengths: [Int32]?
  /// Row-major positions in `[batch, time]`.
  public var asked: [Int32]
  public var answers: MemoryAnswers
}

/// What is right at each position that is asked for.
public enum MemoryAnswers: Sendable {
  /// Numbers `[asked, outputs]`, for the mean squared error.
  case numbers(Tensor)
  /// A class each, for the softmax cross-entropy.
  case classes([Int32])
  /// Any number of outputs that are true, `[asked, outputs]` of 0 and 1, for the binary cross-entropy.
  case sets(Tensor)

  /// The loss of a model's outputs `[asked, outputs]`, a mean over answers.
  public func loss(_ outputs: Tensor) -> Tensor {
    switch self {
    case .numbers(let target): outputs.meanSquaredError(target)
    case .classes(let target): outputs.softmaxCrossEntropy(target)
    case .sets(let target): outputs.binaryCrossEntropy(target)
    }
  }
}

/// What a test found.
public struct MemoryScore: Sendable, Hashable {
  /// An error or a share of right answers, as the task's criterion says.
  public var value: Double
  public var solved: Bool
  /// How far what was learnt reaches, where a task tests beyond what it trains on: a length, or a count.
  public var reach: Int?
  /// There is nothing more to be learnt.
  public var finished: Bool

  public init(value: Double, solved: Bool, reach: Int? = nil, finished: Bool? = nil) {
    self.value = value
    self.solved = solved
    self.reach = reach
    self.finished = finished ?? solved
  }
}

extension MemoryTask {
  /// The share of examples whose classes are all right, where a sequence is asked `each` times.
  func accuracy(_ examples: MemoryExamples, each: Int = 1, _ answers: (MemoryExamples) -> Tensor) -> Double {
    guard case .classes(let classes) = examples.answers else { preconditionFailure("answers without classes") }
    let right = zip(answers(examples).indicesOfLargest(), classes).map { $0 == $1 }
    let sequences = stride(from: 0, to: right.count, by: each).count { start in
      right[start..<start + each].allSatisfy { $0 }
    }
    return Double(sequences * each) / Double(max(1, right.count))
  }
}

/// A task by its name, before it is known how long its sequences are.
public struct MemoryTaskKind: Sendable {
  public let name: String
  /// Lengths that it can have; nil if it has no choice.
  public let lengths: ClosedRange<Int>?
  private let make: @Sendable (Int?) -> any MemoryTask

  /// - Parameter length: nil for the task's default.
  /// - Precondition: the length is among `lengths`.
  public func task(length: Int? = nil) -> any MemoryTask { make(lengths == nil ? nil : length) }

  private static let most = 2000

  public static let all: [MemoryTaskKind] = [
    MemoryTaskKind(name: "adding", lengths: 4...most) { AddingProblem(length: $0 ?? 100) },
    MemoryTaskKind(name: "copy", lengths: 1...most) { CopyMemory(delay: $0 ?? 20) },
    MemoryTaskKind(name: "order", lengths: 10...most) { TemporalOrder(length: $0 ?? 100) },
    MemoryTaskKind(name: "reber", lengths: nil) { _ in EmbeddedReber() },
    MemoryTaskKind(name: "anbn", lengths: 1...most) { CountingLanguage(letters: 2, trained: $0 ?? 10) },
    MemoryTaskKind(name: "anbncn", lengths: 1...most) { CountingLanguage(letters: 3, trained: $0 ?? 10) },
    MemoryTaskKind(name: "parity", lengths: 1...most) { Parity(length: $0 ?? 20) },
  ]
}

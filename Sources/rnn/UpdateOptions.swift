import ArgumentParser
import Recurrent
import Tensors

/// What all kinds of training have in common: how long, by which rule, in which precision, and from which seed.
struct UpdateOptions: ParsableArguments {
  @Option(
    help: """
      Train for so many passes over the data (the default: 10 with lm; 20 with classifier, seq2seq and forecaster; 30 with \
      tagger).
      """)
  var epochs: Int?
  @Option(help: "Train for so many updates.") var steps: Int?
  @Option(help: "Train for so many minutes, validation included.") var minutes: Double?
  @Option(
    help: """
      sgd, momentum:0.9, rmsprop, adam, adamw or asgd:5, which begins to average the parameters when the validation loss is \
      no longer below what it was 5 looks ago and more (NT-ASGD of AWD-LSTM; with --schedule constant and a rate of 10 or more).
      """)
  var optimizer = OptimizerMethod.adam()
  @Option(help: "Decay of weights: added to the gradient, or decoupled with adamw.") var weightDecay: Float = 0
  @Option(
    help: """
      Operands of matrix products: float32, or bfloat16, which processors with instructions for it multiply twice as \
      fast. Sums, parameters, the optimiser and validation are float32 in either.
      """)
  var precision = Precision.float32
  @Option(help: "Seed of everything that is drawn: what is held out, initial weights, order and dropout.")
  var seed: UInt64 = 1

  var budget: TrainingBudget? {
    if let epochs { return .epochs(epochs) }
    if let steps { return .steps(steps) }
    return minutes.map { .minutes($0) }
  }

  func check() throws {
    try checkPositive([("epochs", epochs), ("steps", steps)])
    if [epochs != nil, steps != nil, minutes != nil].filter({ $0 }).count > 1 {
      throw ValidationError("use one of --epochs, --steps and --minutes")
    }
    if let minutes, !(minutes > 0 && minutes < 1e7) {
      throw ValidationError("--minutes is \(minutes); it must be above 0")
    }
    if !(weightDecay >= 0 && weightDecay.isFinite) {
      throw ValidationError("--weight-decay is \(weightDecay); it must be at least 0")
    }
  }
}

/// - Throws: `ValidationError` if a value that is given is not from 1 to the largest 32-bit integer.
func checkPositive(_ options: [(name: String, value: Int?)]) throws {
  for (name, value) in options {
    if let value, value < 1 || value > Int(Int32.max) {
      throw ValidationError("--\(name) is \(value); it must be at least 1")
    }
  }
}

func checkRate(_ rate: Float) throws {
  if !(rate > 0 && rate.isFinite) { throw ValidationError("--rate is \(rate); it must be above 0") }
}

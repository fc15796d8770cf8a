import Recurrent
import Tensors

/// A run of training as a person follows it.
struct TrainingSession<Task: TrainingTask> {
  var trainer: Trainer<Task>
  /// As in `rnn train lm`.
  let command: String
  /// What is counted for the speed.
  let items: String
  /// What the validation score is; nil where the loss is what counts.
  var score: String?
  /// Of the loss, with a space before it; empty where it has none.
  var unit = " nats"
  let running: RunOptions

  /// - Throws: `EndedBySignal` after a Ctrl-C or SIGTERM that training has answered with a checkpoint.
  mutating func run(heading: String) throws {
    let display = Progress(quiet: running.quiet)
    let precision = trainer.options.precision
    if let notice = precision.notice { display.line(notice) }
    display.line(heading + "; \(precision.rawValue), \(ThreadPool.shared.threads) threads, \(Kernels.name)")
    if trainer.checkpoint.progress.finished {
      display.line("this run is finished; --epochs, --steps or --minutes gives it a new end")
    }
    var smooth = SmoothedLoss()
    let (items, score, unit) = (items, score, unit)
    try trainer.train(
      { event in
        switch event {
        case .step(let record, let fraction):
          smooth.add(record)
          display.show(fraction: fraction, smooth.text(record, items: items, unit: unit))
        case .validation(let record, let best):
          display.line(
            "epoch \(fixed(record.epoch, 2))  step \(grouped(record.step))  \(clockTime(record.seconds))  "
              + "training loss \(fixed(smooth.loss, 4))  validation loss \(fixed(record.validationLoss ?? 0, 4))\(unit)"
              + (record.validationScore.map { "  \(score ?? "score") \(fixed($0, 4))" } ?? "")
              + (best ? "  best so far" : ""))
        }
      }, checkpointEvery: running.checkpointEvery, shouldStop: { Signals.stop != nil })
    display.clear()
    if let number = Signals.stop {
      display.line("stopped at step \(grouped(trainer.checkpoint.progress.step)); go on with:")
      display.line("  rnn train \(command) --resume --out \(trainer.folder.path)")
      throw EndedBySignal(number: number)
    }
  }
}

/// The training loss as a moving average, so that a line does not jump.
private struct SmoothedLoss {
  private(set) var loss = 0.0
  private var speed = 0.0
  private var weight = 0.0

  mutating func add(_ record: MetricsRecord) {
    let keep = min(0.98, weight / (weight + 1))
    weight += 1
    loss = keep * loss + (1 - keep) * (record.trainingLoss ?? 0)
    speed = keep * speed + (1 - keep) * (record.tokensPerSecond ?? 0)
  }

  func text(_ record: MetricsRecord, items: String, unit: String) -> String {
    "epoch \(fixed(record.epoch, 2))  step \(grouped(record.step))  loss \(fixed(loss, 4))\(unit)  "
      + "\(grouped(Int(speed))) \(items)/s"
  }
}

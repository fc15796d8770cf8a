import Recurrent
import Tensors

/// A run of training as a person follows it.
struct TrainingSession {
  var trainer: LanguageModelTrainer
  let quiet: Bool
  let checkpointEvery: Int?

  /// - Throws: `EndedBySignal` after a Ctrl-C or SIGTERM that training has answered with a checkpoint.
  mutating func run() throws {
    let display = Progress(quiet: quiet)
    let folder = trainer.folder.path
    let model = trainer.checkpoint.model
    let options = trainer.options
    let memory = model.configuration.trainingMemory(
      batch: options.batch, time: options.window, optimizer: options.optimizer)
    display.line(
      "\(model.configuration.cell.rawValue), \(model.configuration.layers) × \(model.configuration.hidden) units, "
        + "\(grouped(model.parameterCount)) parameters; \(grouped(trainer.trainingTokens)) tokens to train on, "
        + "\(grouped(trainer.validationTokens)) to validate; \(ThreadPool.shared.threads) threads, \(Kernels.name), "
        + "\(options.precision.rawValue), about \(grouped(memory >> 20)) MiB of memory")
    if let notice = options.precision.notice { display.line(notice) }
    if trainer.checkpoint.progress.finished {
      display.line("this run is finished; --epochs, --steps or --minutes gives it a new end")
    }
    var smooth = SmoothedLoss()
    try trainer.train(
      clock: monotonicSeconds, checkpointEvery: checkpointEvery, shouldStop: { Signals.stop != nil },
      { event in
        switch event {
        case .step(let record, let fraction):
          smooth.add(record)
          display.show(fraction: fraction, smooth.text(record))
        case .validation(let record, let best):
          display.line(
            "epoch \(fixed(record.epoch, 2))  step \(grouped(record.step))  \(clockTime(record.seconds))  "
              + "training loss \(fixed(smooth.loss, 4))  validation loss \(fixed(record.validationLoss ?? 0, 4)) nats"
              + (best ? "  best so far" : ""))
        }
      })
    display.clear()
    if let number = Signals.stop {
      display.line("stopped at step \(grouped(trainer.checkpoint.progress.step)); go on with:")
      display.line("  rnn train lm --resume --out \(folder)")
      throw EndedBySignal(number: number)
    }
    if !quiet { try finish() }
  }

  /// A sample, and what to do next.
  private func finish() throws {
    let (model, tokenizer) = try trainer.folder.languageModel()
    StandardError.line("\nA sample:\n")
    var generator = TextGenerator(model, tokenizer, SamplingOptions(temperature: 0.8, seed: 1))
    try generator.generate(prompt: "", length: tokenizer.kind == .word ? 60 : 300, stops: []) {
      StandardOutput.write($0)
      return true
    }
    StandardOutput.write("\n")
    StandardOutput.flush()
    StandardError.line(
      """

      The model is in \(trainer.folder.path). More of it:
        rnn generate \(trainer.folder.path) --length 500 --temperature 0.8 --seed 2
      """)
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

  func text(_ record: MetricsRecord) -> String {
    "epoch \(fixed(record.epoch, 2))  step \(grouped(record.step))  loss \(fixed(loss, 4)) nats  "
      + "\(grouped(Int(speed))) tokens/s"
  }
}

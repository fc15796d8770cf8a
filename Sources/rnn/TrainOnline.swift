import ArgumentParser
import Recurrent
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension TrainLanguageModel {
  /// Options that have no meaning where the text is read once, as it comes.
  func checkOnline() throws {
    guard data.paths.count == 1 else {
      throw ValidationError("--online reads one text as it comes: name a file, or - for standard input")
    }
    try checkPositive([("threads", running.threads)])
    let update = training.update
    let given: [(Bool, String)] = [
      (condition.isGiven, "--condition"), (!data.include.isEmpty, "--include"),
      (data.validation != "0.1", "--validation"),
      (training.batch != 32, "--batch"), (training.schedule != .cosine(warmup: 100), "--schedule"),
      (training.patience != nil, "--patience"), (update.epochs != nil, "--epochs"), (update.steps != nil, "--steps"),
      (update.minutes != nil, "--minutes"), (running.checkpointEvery != nil, "--checkpoint-every"),
    ]
    if let (_, option) = given.first(where: { $0.0 }) {
      throw ValidationError("--online learns from a text once, as it comes, and has no use for \(option); leave it out")
    }
    if let kind = data.chosenTokenizer, kind != .byte {
      throw ValidationError(
        "--online knows no vocabulary before the text has come, so its tokens are bytes; leave out --tokenizer "
          + kind.rawValue)
    }
  }

  var onlineOptions: TrainingOptions {
    var options = training.options
    options.batch = 1
    options.gradient = training.gradient ?? .snap1
    return options
  }

  /// Learns from a text as it comes, until it ends or a signal comes.
  func runOnline() throws {
    let folder = try running.folder(trainedOn: "a text", files: data.paths, online: true) { folder, _ in
      try folder.create()
      try OnlineTrainer.prepare(
        folder, tokenizer: .byte,
        configuration: model.configuration(
          vocabulary: Tokenizer.byte.count, tokenizer: .byte, gradient: onlineOptions.gradient),
        options: onlineOptions)
    }
    var trainer = try OnlineTrainer(folder)
    let display = Progress(quiet: running.quiet)
    display.line(heading(trainer))
    var loss = RunningLoss()
    let start = monotonicSeconds() - trainer.checkpoint.progress.seconds
    let clock = { monotonicSeconds() - start }
    var saved = monotonicSeconds()
    try Self.forEachPiece(data.paths[0]) { bytes in
      for byte in bytes {
        if let update = try trainer.add(Int32(byte), clock: clock) {
          loss.add(update)
          if monotonicSeconds() - saved >= 30 {
            try trainer.save()
            saved = monotonicSeconds()
          }
        }
        if Signals.stop != nil { return }
      }
      display.show(loss.text(trainer.tokensRead))
    }
    if let update = try trainer.finish(clock: clock) { loss.add(update) }
    display.line(loss.text(trainer.tokensRead) + ", \(grouped(peakResidentMemory() >> 20)) MiB of memory at most")
    if let number = Signals.stop {
      display.line("stopped; go on with:")
      display.line("  rnn train lm \(data.paths[0]) --online --resume --out \(folder.path)")
      throw EndedBySignal(number: number)
    }
    display.line("The model is in \(folder.path).")
  }

  private func heading(_ trainer: OnlineTrainer) -> String {
    let model = trainer.checkpoint.model
    return "\(model.configuration.cell.rawValue), \(model.configuration.layers) × \(model.configuration.hidden) units, "
      + "\(grouped(model.parameterCount)) parameters; \(trainer.options.gradient.rawValue), an update after every "
      + "\(trainer.options.window) bytes; \(ThreadPool.shared.threads) threads, \(Kernels.name)"
  }

  /// Calls `body` with the bytes of a file or of standard input as they come, until it ends or a signal asks to stop: a
  /// pipe in which nothing comes must not keep the program from ending.
  private static func forEachPiece(_ path: String, _ body: (ArraySlice<UInt8>) throws -> Void) throws {
    let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError.reading(path) }
    defer { if path != "-" { close(descriptor) } }
    var buffer = [UInt8](repeating: 0, count: 1 << 12)
    while Signals.stop == nil {
      var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let ready = poll(&waiting, 1, 100)
      if ready == 0 || ready < 0 && errno == EINTR { continue }
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw FileError.reading(path) }
      if count == 0 { return }
      try body(buffer[..<count])
    }
  }
}

/// The loss of all bytes of a sitting, and a moving average of the last.
private struct RunningLoss {
  private var nats = 0.0
  private var tokens = 0
  private var recent = 0.0
  private var weight = 0.0
  private let start = monotonicSeconds()

  /// Bytes that the average looks back on.
  private static let span = 10_000.0

  mutating func add(_ update: OnlineUpdate) {
    nats += update.nats
    tokens += update.tokens
    weight = min(Self.span, weight + Double(update.tokens))
    recent += (update.nats / Double(update.tokens) - recent) * Double(update.tokens) / weight
  }

  func text(_ read: Int) -> String {
    let ln2 = Double.log(2)
    let speed = Double(tokens) / max(monotonicSeconds() - start, 1e-9)
    return "\(grouped(read)) bytes  \(fixed(recent / ln2, 4)) bits per byte of late, "
      + "\(fixed(nats / Double(max(1, tokens)) / ln2, 4)) of all  \(grouped(Int(speed))) bytes/s"
  }
}

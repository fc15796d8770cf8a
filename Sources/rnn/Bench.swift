import ArgumentParser
import Recurrent
import Tensors

struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure how near training, generation and prediction come to this machine's peak.",
    discussion: """
      Trains or runs a language model of the given shape on random tokens for a few seconds, or has a classifier of two \
      classes, bidirectional and pooled by its maximum, predict random documents; and compares the multiply-adds made a \
      second with what the processor can do, probed in between on the same number of threads; both are given as medians.

        rnn bench train --hidden 512 --layers 2 --batch 64 --time 100 --vocabulary 96
        rnn bench generate --cell gru --hidden 128 --json
        rnn bench gradient --hidden 32 --layers 1 --batch 1
        rnn bench predict --vocabulary 10000 --embedding 128 --hidden 128 --layers 1 --batch 16
      """)

  enum Work: String, ExpressibleByArgument, CaseIterable {
    case train, generate, predict, gradient
  }

  @Argument(
    help:
      "What to measure: train, generate, predict, or gradient: each --gradient of train, for sequences of 10 to 10,000 steps."
  ) var work: Work
  @Option(help: "lstm, gru, elman, elman-relu, elman-sigmoid, min-gru or min-lstm.") var cell: CellKind = .lstm
  @Option(help: "Number of tokens.") var vocabulary = 96
  @Option(
    name: .customLong("embedding"), help: "Features of the input vectors; 0 for one-hot (default: 0; 128 for predict).")
  var givenEmbedding: Int?
  @Option(
    help: """
      Output layer: full, adaptive or adaptive:CUTOFF,... With adaptive, tokens are drawn by Zipf's law, as in a text: \
      the n-th most frequent with a probability in proportion to 1 / n.
      """)
  var softmax = SoftmaxChoice.full
  @Option(help: "Units of each layer.") var hidden = 512
  @Option(help: "Recurrent layers.") var layers = 2
  @Option(help: "Sequences side by side (not for generate).") var batch = 64
  @Option(help: "Time steps of one update, or of a document (not for generate).") var time = 100
  @Option(help: "Operands of the products: float32 or bfloat16 (train only).") var precision: Precision = .float32
  @Option(help: "Weights of the products: float32, bfloat16 or int8 (generate only).")
  var weights: WeightFormat = .float32
  @Option(help: "Threads; all processors by default, 1 for generate.") var threads: Int?
  @OptionGroup var layer: LayerOptionGroup
  @Option(help: "Probability of zero between layers and around them (train only).") var dropout: Float = 0
  @Flag(help: "One dropout mask for all steps.") var lockedDropout = false
  @Flag(help: "Say which kernels run, and how threads share the work.") var explain = false
  @Option(help: "Seconds to measure for.") var seconds = 5.0
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws {
    for (name, value) in [
      ("vocabulary", vocabulary), ("hidden", hidden), ("layers", layers), ("batch", batch), ("time", time),
      ("threads", threads ?? 1),
    ] where value < 1 {
      throw ValidationError("--\(name) is \(value); it must be at least 1")
    }
    if work == .predict && (layer.options != nil || dropout > 0) {
      throw ValidationError("predict measures layers that are their cell alone")
    }
    if work != .generate && weights != .float32 {
      throw ValidationError("--weights \(weights.rawValue) is for generate; train takes --precision")
    }
    if work != .train && precision != .float32 {
      throw ValidationError("--precision \(precision.rawValue) is for train; generate takes --weights")
    }
    if work == .gradient && json { throw ValidationError("--json is not for gradient, which prints a table") }
    if work == .predict && (embedding < 1 || softmax.softmax(vocabulary: vocabulary, hidden: outputs) != .full) {
      throw ValidationError("predict measures a classifier, which has an --embedding and no --softmax")
    }
    if embedding < 0 { throw ValidationError("--embedding is \(embedding); it must be at least 0") }
    if let flaw = configuration.flaw { throw ValidationError(TrainingError.configuration(flaw).description) }
    if !(seconds > 0 && seconds <= 86_400) { throw ValidationError("--seconds must be between 0 and 86400") }
  }

  var embedding: Int { givenEmbedding ?? (work == .predict ? 128 : 0) }

  /// Features of a layer's output.
  private var outputs: Int { layer.projection ?? hidden }

  var configuration: LanguageModelConfiguration {
    LanguageModelConfiguration(
      vocabulary: vocabulary, embedding: embedding, cell: cell, hidden: hidden, layers: layers, dropout: dropout,
      lockedDropout: lockedDropout, softmax: softmax.softmax(vocabulary: vocabulary, hidden: outputs),
      layer: layer.options)
  }

  private static let probeSeconds = 0.05
  private static let roundSeconds = 0.25

  func run() throws {
    if work == .gradient { return try benchGradients() }
    if let notice = precision.notice { StandardError.line(notice) }
    ThreadPool.shared.threads = threads ?? (work == .generate ? 1 : ThreadPool.processors)
    let measure: () -> Void
    let operations: Int
    if work == .predict {
      operations = predictionOperations
      measure = predictedBatch()
    } else {
      // The model goes out of sight, lest its parameters be copied when they change.
      let model = LanguageModel(configuration, seed: 1)
      operations = self.operations(model)
      measure = work == .train ? trainingStep(model) : generatedToken(model)
    }
    measure()
    let threads = ThreadPool.shared.threads
    if explain {
      let lines = explanation
      if json { StandardError.line(lines.joined(separator: "\n")) } else { lines.forEach(StandardOutput.line) }
    }
    let read = work == .generate ? Kernels.readingProbe(bytes: operations / 2 * weights.bytes) : nil
    var times: [Double] = []
    var peaks: [Double] = []
    var readings: [Double] = []
    let start = monotonicSeconds()
    // The peak is probed in between, under the same conditions as the work: other programs slow both.
    repeat {
      peaks.append(Kernels.peak(threads: threads, seconds: Self.probeSeconds, precision: precision))
      if let read { readings.append(read()) }
      let round = monotonicSeconds()
      repeat {
        let before = monotonicSeconds()
        measure()
        times.append(monotonicSeconds() - before)
      } while monotonicSeconds() - round < Self.roundSeconds
    } while monotonicSeconds() - start < seconds
    report(
      times: times, operations: operations, peak: peaks.median, threads: threads,
      reading: readings.isEmpty ? nil : readings.median)
  }

  /// - Parameter reading: seconds that reading the weights of one step takes.
  private func report(times: [Double], operations: Int, peak: Double, threads: Int, reading: Double?) {
    let median = times.median
    let tokens = positions
    let gflops = Double(operations) / median / 1e9
    if json {
      StandardOutput.line(
        "{\"work\": \"\(work)\", \"cell\": \"\(cell.rawValue)\", \"kernels\": \"\(Kernels.name)\", "
          + "\"precision\": \"\(precision.rawValue)\", \"weights\": \"\(weights.rawValue)\", "
          + "\"threads\": \(threads), \"steps\": \(times.count), "
          + "\"tokens_per_second\": \(fixed(Double(tokens) / median, 1)), "
          + (work == .predict ? "\"documents_per_second\": \(fixed(Double(batch) / median, 1)), " : "")
          + "\"milliseconds_per_step\": \(fixed(median * 1e3, 5)), \"gflops\": \(fixed(gflops, 2)), "
          + "\"peak_gflops\": \(fixed(peak / 1e9, 2)), \"share_of_peak\": \(fixed(gflops * 1e9 / peak, 4)), "
          + (work == .train ? "\"estimated_memory_bytes\": \(estimatedMemory), " : "")
          + (reading.map { "\"weight_reading_milliseconds\": \(fixed($0 * 1e3, 5)), " } ?? "")
          + "\"peak_memory_bytes\": \(peakResidentMemory())}")
      return
    }
    let sorted = times.sorted()
    StandardOutput.line(
      """
      \(work) \(cell.rawValue), vocabulary \(vocabulary), \
      \(embedding == 0 ? "one-hot" : "embedding \(embedding)"), hidden \(hidden), \(layers) layers\
      \(work == .generate ? ", \(weights.rawValue)" : ", batch \(batch), time \(time), \(precision.rawValue)"); \
      \(threads) threads, \(Kernels.name)
        tokens per second      \(grouped(Int(Double(tokens) / median)))\
      \(work == .predict ? "\n  documents per second   \(grouped(Int(Double(batch) / median)))" : "")
        milliseconds per step  \(fixed(median * 1e3, 3)) (median of \(times.count); \
      \(fixed(sorted[0] * 1e3, 3)) to \(fixed(sorted[sorted.count - 1] * 1e3, 3)))
        arithmetic             \(fixed(gflops, 1)) GFLOP/s in matrix products
        peak                   \(fixed(peak / 1e9, 1)) GFLOP/s, of which \(fixed(100 * gflops * 1e9 / peak, 1)) %\
      \(reading.map { "\n  reading the weights    \(fixed($0 * 1e3, 3)) milliseconds, if nothing else were done" } ?? "")
        memory                 \(peakResidentMemory() >> 20) MiB at most\
      \(work == .train ? ", estimated \(estimatedMemory >> 20)" : "")
      """)
  }

  /// Of one step of the work.
  private var positions: Int { work == .generate ? 1 : batch * time }

  /// What runs at each step of a layer, in order.
  private var explanation: [String] {
    let description = LayerPlan(cell: cell.cell, options: layer.options ?? LayerOptions(), hidden: hidden)
    let plan = description.lines(
      batch: work == .generate ? 1 : batch, time: work == .generate ? 1 : time, training: work == .train,
      streaming: work == .generate)
    return ["kernels of \(Kernels.name):"] + plan.map { "  \($0)" }
  }

  private static let method = OptimizerMethod.adam()

  private var estimatedMemory: Int {
    configuration.trainingMemory(batch: batch, time: time, optimizer: Self.method)
  }

  private func trainingStep(_ model: LanguageModel) -> () -> Void {
    var (model, optimizer) = (model, Optimizer(Self.method, for: model))
    var state = model.zeroState(batch: batch)
    let tokens = tokens
    var step: UInt32 = 0
    let draws = dropout > 0 || layer.options != nil
    return {
      step &+= 1
      let (_, next, gradients) = Precision.$current.withValue(precision) {
        valueAndGradient(of: model) {
          $0.loss(
            Array(tokens.dropLast()), targets: Array(tokens.dropFirst()), batch: batch, time: time, state: state,
            dropoutKey: draws ? RandomKey(seed: 1, step: step) : nil)
        }
      }
      state = next.detached
      optimizer.update(&model, gradients, rate: 1e-3, clipping: .norm(1))
    }
  }

  private func predictedBatch() -> () -> Void {
    var model = Classifier(
      ClassifierConfiguration(
        input: .tokens(vocabulary: vocabulary, embedding: embedding), labels: ["no", "yes"], cell: cell, hidden: hidden,
        layers: layers), seed: 1)
    model.stack.prepare()
    let prepared = model
    let tokens = tokens
    let documents = (0..<batch).map { Array(tokens[$0 * time..<($0 + 1) * time]) }
    return { _ = prepared.logits(.tokens(documents), batch: batch) }
  }

  /// One more than there are positions.
  private var tokens: [Int32] {
    var random = SequentialRandom(RandomKey(seed: 2))
    return (0...batch * time).map { _ in
      guard case .adaptive = softmax else { return Int32.random(in: 0..<Int32(vocabulary), using: &random) }
      // The sum of 1 / n up to N is nearly log(N): the logarithm of n is uniform.
      let rank = Double.exp(Double.random(in: 0..<Double.log(Double(vocabulary) + 1), using: &random))
      return min(Int32(rank), Int32(vocabulary)) - 1
    }
  }

  private func generatedToken(_ model: LanguageModel) -> () -> Void {
    let stream = LanguageModelStream(model, format: weights)
    var sampler = Sampler(SamplingOptions(), vocabulary: vocabulary)
    return { stream.step(sampler.sample(stream.logits)) }
  }

  /// Multiplications and additions of the matrix products of one step: forward and, in training, twice as much backward.
  /// The input of the first layer counts only where it is multiplied: tokens look up their row. With an embedding, the
  /// product is that of each token of the vocabulary, or of each position where these are fewer.
  private func operations(_ model: LanguageModel) -> Int {
    let width = cell.cell.gates * hidden
    let projections = layer.projection.map { positions * layers * $0 * hidden } ?? 0
    let forward =
      positions * (layers - 1 + (cell.cell.readsOutput ? layers : 0)) * outputs * width + projections
      + outputMultiplications(model, positions)
    guard work == .train else { return 2 * forward }
    let rows = 2 * vocabulary <= positions ? vocabulary : positions
    return 6 * (forward + embedding * width * rows)
  }

  /// The same of a bidirectional classifier, whose output layer counts for nothing.
  private var predictionOperations: Int {
    let directions = 2
    let inputs = [embedding] + Array(repeating: directions * hidden, count: layers - 1)
    let width = cell.cell.gates * hidden
    return inputs.reduce(0) { $0 + 2 * positions * directions * width * ($1 + (cell.cell.readsOutput ? hidden : 0)) }
  }

  /// Multiplications of the output layer. A cluster of an adaptive softmax has the rows whose target is in it, in
  /// generation every one.
  private func outputMultiplications(_ model: LanguageModel, _ positions: Int) -> Int {
    guard let softmax = model.adaptiveSoftmax else { return positions * outputs * vocabulary }
    let ends = softmax.cutoffs.dropFirst() + [vocabulary]
    let clusters = zip(zip(softmax.cutoffs, ends), softmax.clusters).map { classes, cluster in
      let rows = work == .train ? tokens.dropFirst().count { $0 >= classes.0 && $0 < classes.1 } : 1
      return rows * (cluster.projection.count + cluster.weight.count)
    }
    return positions * softmax.head.count + clusters.reduce(0, +)
  }
}

extension WeightFormat {
  /// Of one weight.
  fileprivate var bytes: Int {
    switch self {
    case .float32: 4
    case .bfloat16: 2
    case .int8: 1
    }
  }
}

extension [Double] {
  fileprivate var median: Double { sorted()[count / 2] }
}

import ArgumentParser
import Recurrent
import Tensors

struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure how near training and generation come to this machine's peak.",
    discussion: """
      Trains or runs a language model of the given shape on random tokens for a few seconds, and compares the \
      multiply-adds it makes a second with what the processor can do, probed in between on the same number of threads; \
      both are given as medians.

        rnn bench train --hidden 512 --layers 2 --batch 64 --time 100 --vocabulary 96
        rnn bench generate --cell gru --hidden 128 --json
      """)

  enum Work: String, ExpressibleByArgument, CaseIterable {
    case train, generate
  }

  @Argument(help: "What to measure: train or generate.") var work: Work
  @Option(help: "lstm, gru, elman, elman-relu or elman-sigmoid.") var cell: CellKind = .lstm
  @Option(help: "Number of tokens.") var vocabulary = 96
  @Option(help: "Features of the input vectors; 0 for one-hot.") var embedding = 0
  @Option(help: "Units of each layer.") var hidden = 512
  @Option(help: "Recurrent layers.") var layers = 2
  @Option(help: "Sequences side by side (train only).") var batch = 64
  @Option(help: "Time steps of one update (train only).") var time = 100
  @Option(help: "Operands of the products: float32 or bfloat16 (train only).") var precision: Precision = .float32
  @Option(help: "Weights of the products: float32, bfloat16 or int8 (generate only).")
  var weights: WeightFormat = .float32
  @Option(help: "Threads; all processors by default, 1 for generate.") var threads: Int?
  @Option(help: "Seconds to measure for.") var seconds = 5.0
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws {
    for (name, value) in [
      ("vocabulary", vocabulary), ("hidden", hidden), ("layers", layers), ("batch", batch), ("time", time),
      ("threads", threads ?? 1),
    ] where value < 1 {
      throw ValidationError("--\(name) is \(value); it must be at least 1")
    }
    if work == .train && weights != .float32 {
      throw ValidationError("--weights \(weights.rawValue) is for generate; train takes --precision")
    }
    if work == .generate && precision != .float32 {
      throw ValidationError("--precision \(precision.rawValue) is for train; generate takes --weights")
    }
    if embedding < 0 { throw ValidationError("--embedding is \(embedding); it must be at least 0") }
    if !(seconds > 0 && seconds <= 86_400) { throw ValidationError("--seconds must be between 0 and 86400") }
  }

  private static let probeSeconds = 0.05
  private static let roundSeconds = 0.25

  func run() throws {
    if let notice = precision.notice { StandardError.line(notice) }
    ThreadPool.shared.threads = threads ?? (work == .generate ? 1 : ThreadPool.processors)
    let model = LanguageModel(configuration, seed: 1)
    let measure = work == .train ? trainingStep(model) : generatedToken(model)
    measure()
    let threads = ThreadPool.shared.threads
    var times: [Double] = []
    var peaks: [Double] = []
    let start = monotonicSeconds()
    // The peak is probed in between, under the same conditions as the work: other programs slow both.
    repeat {
      peaks.append(Kernels.peak(threads: threads, seconds: Self.probeSeconds, precision: precision))
      let round = monotonicSeconds()
      repeat {
        let before = monotonicSeconds()
        measure()
        times.append(monotonicSeconds() - before)
      } while monotonicSeconds() - round < Self.roundSeconds
    } while monotonicSeconds() - start < seconds
    let peak = peaks.sorted()[peaks.count / 2]
    report(times: times, peak: peak, threads: threads)
  }

  private func report(times: [Double], peak: Double, threads: Int) {
    let median = times.sorted()[times.count / 2]
    let tokens = work == .train ? batch * time : 1
    let operations = work == .train ? trainingOperations : forwardOperations
    let gflops = Double(operations) / median / 1e9
    if json {
      StandardOutput.line(
        "{\"work\": \"\(work)\", \"cell\": \"\(cell.rawValue)\", \"kernels\": \"\(Kernels.name)\", "
          + "\"precision\": \"\(precision.rawValue)\", \"weights\": \"\(weights.rawValue)\", \"threads\": \(threads), \"steps\": \(times.count), "
          + "\"tokens_per_second\": \(fixed(Double(tokens) / median, 1)), "
          + "\"milliseconds_per_step\": \(fixed(median * 1e3, 5)), \"gflops\": \(fixed(gflops, 2)), "
          + "\"peak_gflops\": \(fixed(peak / 1e9, 2)), \"share_of_peak\": \(fixed(gflops * 1e9 / peak, 4)), "
          + (work == .train ? "\"estimated_memory_bytes\": \(estimatedMemory), " : "")
          + "\"peak_memory_bytes\": \(peakResidentMemory())}")
      return
    }
    let sorted = times.sorted()
    StandardOutput.line(
      """
      \(work) \(cell.rawValue), vocabulary \(vocabulary), \
      \(embedding == 0 ? "one-hot" : "embedding \(embedding)"), hidden \(hidden), \(layers) layers\
      \(work == .train ? ", batch \(batch), time \(time), \(precision.rawValue)" : ", \(weights.rawValue)"); \
      \(threads) threads, \(Kernels.name)
        tokens per second      \(grouped(Int(Double(tokens) / median)))
        milliseconds per step  \(fixed(median * 1e3, 3)) (median of \(times.count); \
      \(fixed(sorted[0] * 1e3, 3)) to \(fixed(sorted[sorted.count - 1] * 1e3, 3)))
        arithmetic             \(fixed(gflops, 1)) GFLOP/s in matrix products
        peak                   \(fixed(peak / 1e9, 1)) GFLOP/s, of which \(fixed(100 * gflops * 1e9 / peak, 1)) %
        memory                 \(peakResidentMemory() >> 20) MiB at most\
      \(work == .train ? ", estimated \(estimatedMemory >> 20)" : "")
      """)
  }

  private var configuration: LanguageModelConfiguration {
    LanguageModelConfiguration(
      vocabulary: vocabulary, embedding: embedding, cell: cell, hidden: hidden, layers: layers)
  }

  private static let method = OptimizerMethod.adam()

  private var estimatedMemory: Int {
    configuration.trainingMemory(batch: batch, time: time, optimizer: Self.method)
  }

  private func trainingStep(_ model: LanguageModel) -> () -> Void {
    var (model, optimizer) = (model, Optimizer(Self.method, for: model))
    var state = model.zeroState(batch: batch)
    var random = SequentialRandom(RandomKey(seed: 2))
    let tokens = (0...batch * time).map { _ in Int32.random(in: 0..<Int32(vocabulary), using: &random) }
    return {
      let (_, next, gradients) = valueAndGradient(of: model) { model in
        let (logits, next) = model(
          Array(tokens.dropLast()), batch: batch, time: time, state: state, precision: precision)
        return (logits.softmaxCrossEntropy(Array(tokens.dropFirst())), next)
      }
      state = next.detached
      optimizer.update(&model, gradients, rate: 1e-3, clipping: .norm(1))
    }
  }

  private func generatedToken(_ model: LanguageModel) -> () -> Void {
    let stream = LanguageModelStream(model, format: weights)
    var sampler = Sampler(SamplingOptions(), vocabulary: vocabulary)
    return { stream.step(sampler.sample(stream.logits)) }
  }

  /// Multiplications and additions of the matrix products of one token. The input of the first layer counts only where
  /// it is multiplied: tokens look up their row.
  private var forwardOperations: Int {
    let gates = cell.cell.gates
    let recurrent = layers * hidden * gates * hidden
    return 2 * (recurrent + (layers - 1) * hidden * gates * hidden + hidden * vocabulary)
  }

  /// Of one step: forward, and twice as much backward. With an embedding, the product of the first layer is that of each
  /// token of the vocabulary, or of each position where these are fewer.
  private var trainingOperations: Int {
    let first = 2 * embedding * cell.cell.gates * hidden
    let rows = 2 * vocabulary <= batch * time ? vocabulary : batch * time
    return 3 * (forwardOperations * batch * time + first * rows)
  }
}

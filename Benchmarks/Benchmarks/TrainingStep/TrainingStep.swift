import AllocationCounter
import Benchmark
import Recurrent

/// One training step of a language model: loss, gradients and update, with what it allocates. The buffers of tensors come
/// from a pool and do not count after the first steps.
let benchmarks: @Sendable () -> Void = {
  Benchmark.defaultConfiguration = .init(
    metrics: [.wallClock, .throughput, .custom("allocations", polarity: .prefersSmaller, useScalingFactor: false)],
    warmupIterations: 3, maxDuration: .seconds(5))
  for kind in [CellKind.elman, .lstm, .gru] {
    for (hidden, batch, time) in [(5, 1, 6), (128, 50, 50)] {
      Benchmark("\(kind.rawValue), 2 x \(hidden), batch \(batch), time \(time)") { benchmark in
        var model = LanguageModel(
          LanguageModelConfiguration(vocabulary: 96, cell: kind, hidden: hidden, layers: 2), seed: 1)
        var optimizer = Optimizer(.adam(), for: model)
        let ids = (0..<batch * time).map { Int32($0 * 31 % 96) }
        let state = model.zeroState(batch: batch)
        func step() {
          let (_, gradients) = valueAndGradient(of: model) {
            $0(ids, batch: batch, time: time, state: state).logits.softmaxCrossEntropy(ids)
          }
          optimizer.update(&model, gradients, rate: 1e-3, clipping: .norm(1))
        }
        step()
        let before = allocation_count()
        benchmark.startMeasurement()
        step()
        benchmark.stopMeasurement()
        benchmark.measurement(
          .custom("allocations", polarity: .prefersSmaller, useScalingFactor: false), Int(allocation_count() - before))
      }
    }
  }

  // Generation: a token drawn, and the step that reads it.
  for kind in [CellKind.elman, .lstm, .gru] {
    Benchmark("generate \(kind.rawValue), 2 x 128, 100 tokens") { benchmark in
      let model = LanguageModel(
        LanguageModelConfiguration(vocabulary: 96, cell: kind, hidden: 128, layers: 2), seed: 1)
      let stream = LanguageModelStream(model)
      var sampler = Sampler(SamplingOptions(), vocabulary: 96)
      stream.step(sampler.sample(stream.logits))
      let before = allocation_count()
      benchmark.startMeasurement()
      for _ in 0..<100 { stream.step(sampler.sample(stream.logits)) }
      benchmark.stopMeasurement()
      benchmark.measurement(
        .custom("allocations", polarity: .prefersSmaller, useScalingFactor: false), Int(allocation_count() - before))
    }
  }
}

import Benchmark
import Recurrent

/// Operations on whole tensors, each of which is one kernel or a few.
let benchmarks: @Sendable () -> Void = {
  Benchmark.defaultConfiguration = .init(
    metrics: [.wallClock, .throughput], warmupIterations: 5, maxDuration: .seconds(2))
  let key = RandomKey(seed: 1)
  let x = key.uniform([512, 512], in: -1..<1)
  let w = RandomKey(seed: 2).uniform([512, 512], in: -1..<1)

  Benchmark("matrix product 512 x 512 x 512") { _ in blackHole(x.matmul(w)) }
  Benchmark("exp, 262,144 elements") { _ in blackHole(x.exp()) }
  Benchmark("tanh, 262,144 elements") { _ in blackHole(x.tanh()) }
  Benchmark("sigmoid, 262,144 elements") { _ in blackHole(x.sigmoid()) }
  Benchmark("sum, 262,144 elements") { _ in blackHole(x.sum()) }
  let targets = (0..<512).map { Int32($0) }
  Benchmark("softmax cross-entropy, 512 rows of 512") { _ in blackHole(x.softmaxCrossEntropy(targets)) }

  for (name, cell) in [("Elman", Elman() as any Cell), ("LSTM", LSTM()), ("GRU", GRU())] {
    var initialiser = ParameterInitialiser(seed: 1)
    let layer = RecurrentLayer(cell, input: 128, hidden: 128, initialiser: &initialiser)
    let input = SequenceInput.vectors(key.uniform([32, 50, 128], in: -1..<1))
    Benchmark("\(name), 128 units, batch 32, 50 steps forward") { _ in
      blackHole(layer(input, initial: layer.zeroState(batch: 32)).output)
    }
  }
}

import Recurrent
import Tensors
import Testing

/// Sampling step by step, beside a network that reads the whole path again for each step.
@Suite struct AutoregressiveSamplingTests {
  private static func model(
    _ distribution: DistributionKind, layers: Int = 2, scaling: TargetScaling = .last, difference: Bool = false
  ) throws -> (Forecaster, PreparedSeries, TimeSeries) {
    let values = (0..<30).map { Double(($0 * 7) % 11) }
    let series = TimeSeries(
      times: (0..<40).map(Double.init), target: values, known: [(0..<40).map { Double($0 % 5) }])
    var reading = ForecasterReading(
      columns: TimeSeriesColumns(known: ["b"]), difference: difference, scaling: scaling)
    try reading.fit([series], trained: [20], window: 6)
    let c = ForecasterConfiguration(
      kind: .autoregressive, window: 6, horizon: 4, past: 2, known: 1, distribution: distribution, hidden: 7,
      layers: layers)
    var model = Forecaster(c, seed: 3)
    model.highway?.weight = Tensor([0.8], shape: [1, 1])
    return (model, try PreparedSeries(series, reading, profile: reading.profiles[0], horizon: 9), series)
  }

  /// The path up to each step is appended to the series, and its distribution comes from the network that reads all
  /// steps from the start of the window, without any state.
  @Test(arguments: [DistributionKind.gaussian, .student, .negativeBinomial, .quantile([0.1, 0.5, 0.9])])
  func theStateIsKept(_ distribution: DistributionKind) throws {
    let (model, prepared, series) = try Self.model(
      distribution, scaling: distribution == .negativeBinomial ? .mean : .last)
    let (origin, horizon, c) = (25, 8, model.configuration)
    let sampling = AutoregressiveSampling(model: model, series: prepared)
    let paths = sampling.paths(origins: [origin], horizon: horizon, samples: 5, seed: 9)[0]
    #expect(Set(paths.map { $0[0] }).count > 1)
    for (sample, path) in paths.enumerated() {
      var random = SequentialRandom(RandomKey(seed: 9, stream: UInt32(sample), step: UInt32(origin)))
      var longer = series.prefix(origin)
      let frame = prepared.frame(origin, window: c.window)
      for step in 0..<horizon {
        var whole = c
        (whole.window, whole.horizon) = (c.window, step + 1)
        let batch = ForecastBatch(
          [.init(series: 0, origin: origin)],
          of: [try PreparedSeries(longer, prepared.reading, profile: prepared.profile, horizon: 9)], whole, taught: true
        )
        let numbers = model.steps(batch.past, state: nil, last: 1).output.scalars.map(Double.init)
        let drawn = distribution.output.sample(numbers, scale: frame.scale, &random)
        let value = frame.shift + frame.scale * drawn
        // What is drawn goes through float32 on its way to the next step, once from a product and once from a quotient.
        #expect(abs(value - path[step]) < 1e-4 * max(1, abs(value)), "\(distribution) \(sample) \(step)")
        longer.target.append(path[step])
      }
    }
  }

  /// A path has the bits that it has alone.
  @Test func pathsDoNotDependOnOthers() throws {
    let (model, prepared, _) = try Self.model(.student)
    let sampling = AutoregressiveSampling(model: model, series: prepared)
    let all = sampling.paths(origins: [10, 25, 17], horizon: 5, samples: 20, seed: 1)
    for (index, origin) in [10, 25, 17].enumerated() {
      #expect(sampling.paths(origins: [origin], horizon: 5, samples: 20, seed: 1)[0] == all[index])
    }
    #expect(
      sampling.paths(origins: [25], horizon: 3, samples: 4, seed: 1)[0] == all[1].prefix(4).map { Array($0.prefix(3)) })
    #expect(sampling.paths(origins: [25], horizon: 5, samples: 20, seed: 2)[0] != all[1])
  }

  /// Differences are summed up from the last value.
  @Test func differencesAreSummedUp() throws {
    let (model, prepared, series) = try Self.model(.gaussian, difference: true)
    let paths = AutoregressiveSampling(model: model, series: prepared).paths(
      origins: [25], horizon: 6, samples: 50, seed: 1)[0]
    let far = { (step: Int) in paths.map { abs($0[step] - series.target[24]) }.max() ?? 0 }
    #expect(far(0) > 0 && far(5) > far(0))
    var random = SequentialRandom(RandomKey(seed: 1, stream: 0, step: 25))
    let c = model.configuration
    let batch = ForecastBatch([.init(series: 0, origin: 25)], of: [prepared], c, taught: false)
    let numbers = model.steps(batch.past, state: nil, last: 1).output.scalars.map(Double.init)
    let first = GaussianOutput().sample(numbers, scale: 1, &random)
    #expect(abs(paths[0][0] - (series.target[24] + prepared.profile.change * first)) < 1e-9)
  }
}

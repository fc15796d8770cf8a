import Recurrent
import Synchronization
import TestSupport
import Tensors
import Testing

/// Training of forecasters: what is learned, the same bits however a run goes, and files that are refused.
@Suite(.serialized) struct ForecasterTrainerTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// Two waves of different heights around different levels.
  static func waves(_ count: Int) -> [TimeSeries] {
    [(1.0, 0.0), (1e6, 3e7)].enumerated().map { index, shape in
      TimeSeries(
        name: "wave \(index)",
        target: (0..<count).map {
          shape.1 + shape.0 * Double.sin(2 * Double.pi * (Double($0) / 12 + Double(index) / 3))
        })
    }
  }

  static func prepare(
    _ folder: TemporaryFolder, _ name: String, kind: ForecasterKind = .recurrent,
    distribution: DistributionKind = .gaussian, series: [TimeSeries] = waves(120), trained: Int = 96,
    reading: ForecasterReading = ForecasterReading(),
    options: TrainingOptions = TrainingOptions(batch: 8, budget: .steps(20), rate: 0.01)
  ) throws -> ModelFolder {
    var reading = reading
    if distribution == .negativeBinomial { reading.scaling = .mean }
    let counts = series.map { min($0.count, trained) }
    try reading.fit(series, trained: counts, window: 12)
    let model = ModelFolder("\(folder.path)/\(name)")
    try ForecasterTrainer.prepare(
      model,
      configuration: ForecasterConfiguration(
        kind: kind, window: 12, horizon: 4, distribution: distribution, hidden: 16, layers: 2, dropout: 0.1),
      reading: reading, series: series, trained: counts, options: options)
    return model
  }

  private func train(_ model: ModelFolder, stoppingEvery steps: Int? = nil) throws {
    var finished = false
    while !finished {
      var trainer = try ForecasterTrainer(model)
      let counter = Mutex(0)
      try trainer.train(
        clock: { 0 },
        shouldStop: {
          counter.withLock {
            $0 += 1; return $0 == steps
          }
        })
      finished = trainer.checkpoint.progress.finished
    }
  }

  private func bytes(_ path: String) throws -> [UInt8] { try MappedFile(path).contents }

  /// A wave goes on as it came, by each kind of network, at any height; one season back is a tenth as good at least.
  @Test(arguments: ForecasterKind.allCases) func wavesAreLearned(_ kind: ForecasterKind) throws {
    let model = try Self.prepare(
      folder, "learned", kind: kind,
      options: TrainingOptions(batch: 16, budget: .epochs(60), rate: 0.005, schedule: .cosine(warmup: 20)))
    try train(model)
    let trained = try model.forecaster()
    for series in Self.waves(150) {
      let own = try trained.forecasts(series, origins: Array(125...146), horizon: 4, levels: [0.05, 0.5, 0.95])
      let unit = trained.profile(of: series, upTo: 1).unit
      let errors = own.flatMap { forecast in
        forecast.point.enumerated().map { abs($1 - series.target[forecast.origin + $0]) / unit }
      }
      let mean = errors.reduce(0, +) / Double(errors.count)
      // The last value is off by 1.1 on average.
      #expect(mean < 0.15, "\(kind) \(series.name): \(mean)")
    }
  }

  @Test(arguments: ForecasterKind.allCases) func threadsAndStopsDoNotMatter(_ kind: ForecasterKind) throws {
    defer { ThreadPool.shared.threads = ThreadPool.processors }
    ThreadPool.shared.threads = 1
    let one = try Self.prepare(folder, "one", kind: kind, distribution: .student)
    try train(one)
    for (name, threads, stops) in [("two", 2, nil), ("stopped", 1, 1), ("stopped twice", 2, 7)] as [(String, Int, Int?)]
    {
      ThreadPool.shared.threads = threads
      let other = try Self.prepare(folder, name, kind: kind, distribution: .student)
      try train(other, stoppingEvery: stops)
      #expect(try bytes(one.parameters) == bytes(other.parameters), "\(name)")
      #expect(try bytes(one.checkpoint) == bytes(other.checkpoint), "\(name)")
      let series = Self.waves(120)[0]
      func forecasts(_ model: ModelFolder) throws -> [Forecast] {
        try model.forecaster().forecasts(series, origins: [100, 110], horizon: 4, levels: [0.1, 0.9])
      }
      #expect(try forecasts(one) == forecasts(other))
    }
  }

  /// Series of zeros, constants, huge and tiny numbers, a jump, and missing values, with each distribution and scaling:
  /// training goes on, and forecasts are numbers.
  @Test(arguments: ForecasterKind.allCases) func nothingBlowsUp(_ kind: ForecasterKind) throws {
    let shapes: [[Double]] = [
      Array(repeating: 0, count: 60), Array(repeating: 7, count: 60), (0..<60).map { 1e9 + Double($0 % 5) * 1e8 },
      (0..<60).map { 1e-9 * Double(1 + $0 % 5) }, Array(repeating: 1e9, count: 60), Array(repeating: 1e-9, count: 60),
      (0..<60).map { $0 < 50 ? 1 : 1e6 }, (0..<60).map { $0 % 3 == 0 ? .nan : Double($0 % 4) },
      (0..<60).map { $0 > 20 && $0 < 59 ? .nan : 5 },
    ]
    let all = shapes.enumerated().map { TimeSeries(name: "\($0)", target: $1) }
    let counts = all.filter { $0.target.allSatisfy { $0.isNaN || $0 == $0.rounded() } }
    var cases: [(DistributionKind, ForecasterReading, [TimeSeries])] = [
      (.negativeBinomial, ForecasterReading(), counts)
    ]
    for scaling in TargetScaling.allCases {
      cases.append((.student, ForecasterReading(scaling: scaling), all))
      cases.append((.gaussian, ForecasterReading(scaling: scaling), all))
    }
    cases.append((.quantile(DistributionKind.defaultQuantiles), ForecasterReading(transform: .log1p), all))
    cases.append((.gaussian, ForecasterReading(difference: true), all))
    for (index, (distribution, reading, series)) in cases.enumerated() {
      let model = try Self.prepare(
        folder, "\(index)", kind: kind, distribution: distribution, series: series, trained: 48, reading: reading,
        options: TrainingOptions(batch: 32, budget: .steps(30), rate: 0.01))
      try train(model)
      var trained = try model.forecaster()
      trained.samples = 20
      for one in series {
        let own = try trained.forecasts(one, origins: [1, 30, 60], horizon: 4, levels: [0.05, 0.5, 0.95])
        #expect(
          own.allSatisfy { $0.point.allSatisfy(\.isFinite) && $0.quantiles.joined().allSatisfy(\.isFinite) },
          "\(distribution) \(one.name)")
      }
    }
  }

  /// A series that training did not have gets a scale from its own past, and values that come later do not change it.
  @Test func unknownSeries() throws {
    let model = try Self.prepare(folder, "model")
    try train(model)
    let trained = try model.forecaster()
    let other = TimeSeries(name: "other", target: (0..<40).map { 500 + 9 * Double($0 % 12) })
    #expect(!trained.knows(other) && trained.knows(Self.waves(20)[0]))
    var changed = other
    for index in 30..<40 { changed.target[index] = 1e6 }
    let levels = [0.1, 0.9]
    #expect(
      try trained.forecasts(other, origins: [20, 30], horizon: 4, levels: levels)
        == trained.forecasts(changed, origins: [20, 30], horizon: 4, levels: levels))
  }

  @Test func whatCannotBeForecastIsRefused() throws {
    let direct = try Self.prepare(folder, "direct")
    try train(direct)
    let series = Self.waves(50)[0]
    #expect(throws: TimeSeriesError.longHorizon(asked: 5, trained: 4)) {
      try direct.forecaster().forecasts(series, origins: [20], horizon: 5, levels: [0.5])
    }
    let chained = try Self.prepare(folder, "chained", kind: .autoregressive)
    try train(chained)
    var trained = try chained.forecaster()
    trained.samples = 3
    #expect(try trained.forecasts(series, origins: [20], horizon: 30, levels: [0.5])[0].point.count == 30)
    #expect(throws: TimeSeriesError.self) {
      try Self.prepare(folder, "counts", distribution: .negativeBinomial)
    }
  }

  /// A file whose weights are no numbers gives forecasts that are none, and ends no program.
  @Test(arguments: ForecasterKind.allCases) func weightsThatAreNoNumbers(_ kind: ForecasterKind) throws {
    for distribution in [DistributionKind.student, .negativeBinomial, .quantile([0.1, 0.5, 0.9])] {
      let series = TimeSeries(target: (0..<60).map { Double($0 % 5) })
      let made = try Self.prepare(
        folder, "\(kind) \(distribution)", kind: kind, distribution: distribution, series: [series], trained: 40)
      var trainer = try ForecasterTrainer(made)
      try trainer.train(clock: { 0 }, shouldStop: { true })
      var model = try made.forecaster().model
      model.output.bias = Tensor(shape: model.output.bias.shape, repeating: .nan)
      var broken = TrainedForecaster(model, try made.forecaster().reading)
      broken.samples = 3
      let walk = Backtest(
        items: [.init(series: series, profile: broken.reading.profiles[0], first: 50, calibration: 50)], horizon: 4)
      let run = try walk.run(broken)
      #expect(run.scores.mae.isNaN)
      let naive = try walk.run(NaiveForecast.lastValue)
      #expect(!ForecastVerdict.overall(run, [naive], stride: 1).isEmpty)
      #expect(ForecastVerdict(run, against: naive, stride: 1).sentence("a", "b").hasPrefix("A does not beat b"))
    }
  }

  /// Files that no run writes are refused, and end no program.
  @Test(arguments: [
    ("training/checkpoint.safetensors", #"\"window\":1"#, #"\"window\":99"#),
    ("training/options.json", "\"batch\" : 8", "\"batch\" : 0"),
    ("training/options.json", "\"batch\" : 8", "\"batch\" : 4611686018427387904"),
    ("training/options.json", "\"options\"", "\"option\""),
    ("training/examples.safetensors", "\"trained\"", "\"trainer\""),
    ("config.json", "\"hidden\" : 16", "\"hidden\" : 17"),
    ("config.json", "\"hidden\" : 16", "\"hidden\" : 1048576"),
    ("config.json", "\"layers\" : 2", "\"layers\" : 0"),
    ("config.json", "\"horizon\" : 4", "\"horizon\" : 0"),
    ("config.json", "\"window\" : 12", "\"window\" : 13"),
    ("config.json", "\"past\" : 2", "\"past\" : 3"),
    ("config.json", "\"cell\" : \"gru\"", "\"cell\" : \"lstm\""),
    ("config.json", "\"kind\" : \"recurrent\"", "\"kind\" : \"feed-forward\""),
    ("config.json", "\"season\" : 1", "\"season\" : 0"),
    ("config.json", "\"deviation\" : ", "\"deviation\" : -"),
    ("config.json", "\"name\" : \"wave 0\"", "\"name\" : \"wave 1\""),
    ("config.json", "\"task\" : \"forecaster\"", "\"task\" : \"tagger\""),
  ])
  func editedFilesAreRefused(_ name: String, _ old: String, _ new: String) throws {
    let model = try Self.prepare(folder, "edited")
    var trainer = try ForecasterTrainer(model)
    try trainer.train(clock: { 0 }, shouldStop: { true })
    let whole = try folder.read("edited/\(name)")
    let range = try #require(whole.firstRange(of: Array(old.utf8)), "\(old) is not in \(name)")
    try folder.write(whole[..<range.lowerBound] + Array(new.utf8) + whole[range.upperBound...], to: "edited/\(name)")
    #expect(throws: (any Error).self) { try ForecasterTrainer(model) }
    if !name.hasPrefix("training/") { #expect(throws: (any Error).self) { try model.forecaster() } }
    try folder.write(whole.prefix(whole.count / 2), to: "edited/\(name)")
    #expect(throws: (any Error).self) { try ForecasterTrainer(model) }
  }
}

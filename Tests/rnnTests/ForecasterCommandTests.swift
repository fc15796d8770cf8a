import Foundation
import TestSupport
import Testing

/// Forecasters by the real program: from a table to forecasts, charts and verdicts.
@Suite(.timeLimit(.minutes(3))) struct ForecasterCommandTests {
  let folder: TemporaryFolder
  let model: String

  init() throws {
    folder = try TemporaryFolder()
    model = "\(folder.path)/model"
  }

  /// Loaves of each day, as in the example.
  static let bakery =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path + "/Examples/Sources/Bakery/loaves.csv"

  static let small = ["--hidden", "4", "--steps", "5", "--quiet"]

  private func run(_ arguments: [String], input: String? = nil) throws -> Program.Result {
    try Program.run(arguments, input: input, folder: folder)
  }

  private func object(_ text: some StringProtocol) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any], "\(text)")
  }

  private func train(_ table: String, _ more: String..., out: String? = nil) throws {
    let made = try run(["train", "forecaster", table, "--out", out ?? model] + more)
    #expect(made.status == 0, "\(made.error)")
  }

  /// A table of weeks with dates as 2021.3.21.
  private func weeks(_ count: Int, _ value: (Int) -> Double) throws -> String {
    let calendar = Calendar(identifier: .gregorian)
    let start = Date(timeIntervalSince1970: 1_616_284_800 + 43_200)
    var text = "date,num_search,stock_price\n"
    for week in 0..<count {
      let parts = calendar.dateComponents(
        in: TimeZone(secondsFromGMT: 0)!, from: start.addingTimeInterval(Double(week) * 604_800))
      text += "\(parts.year!).\(parts.month!).\(parts.day!),\(30 + week % 7),\(value(week))\n"
    }
    return try folder.write(text.utf8, to: "stock\(UUID().uuidString).csv")
  }

  private static let stock = [
    "--time", "date", "--target", "stock_price", "--features", "num_search", "--window", "5", "--horizon", "4",
  ]

  @Test func fromATableToForecasts() throws {
    let table = try weeks(23) { 900_000 - 5000 * Double($0) + 20_000 * Double($0 * 5 % 7) }
    let made = try run(["train", "forecaster", table, "--out", model] + Self.stock + Self.small)
    #expect(made.status == 0 && made.error.isEmpty, "\(made.error)")
    let shown = try run(["predict", model, table])
    let lines = shown.output.split(separator: "\n")
    #expect(shown.status == 0 && lines.count == 5 && lines[0].hasPrefix("date"), "\(shown.error)")
    // 23 weeks from 2021.3.21 end on 2021.8.22.
    #expect(lines[1].hasPrefix("2021.8.29 ") && lines[4].hasPrefix("2021.9.19 "))
    let plot = "\(folder.path)/forecast.svg"
    let records = try run(["predict", model, table, "--json", "--level", "0.5", "--plot", plot]).output
      .split(separator: "\n").map(object)
    #expect(records.count == 4)
    for (index, record) in records.enumerated() {
      let numbers = try ["lower", "forecast", "upper"].map { try #require(record[$0] as? Double) }
      #expect(numbers == numbers.sorted() && record["step"] as? Int == index + 1 && record["level"] as? Double == 0.5)
      #expect(record["series"] == nil)
    }
    #expect(try String(contentsOfFile: plot, encoding: .utf8).hasPrefix("<svg"))
    let chart = try run(["predict", model, table, "--chart"])
    #expect(chart.output.contains("┤") && chart.output.contains("░"))
    #expect(
      try run(["predict", model, "-"], input: String(contentsOfFile: table, encoding: .utf8)).output == shown.output)
  }

  @Test func scoresOfTheModelAndEachBaseline() throws {
    let table = try weeks(40) { 50 + Double($0 * 7 % 11) }
    try train(
      table, "--time", "date", "--target", "stock_price", "--horizon", "2", "--window", "5", "--hidden", "4",
      "--steps", "5", "--quiet")
    let other = "\(folder.path)/other"
    try train(
      table, "--time", "date", "--target", "stock_price", "--horizon", "2", "--window", "5", "--hidden", "4",
      "--steps", "5", "--quiet", "--model", "feed-forward", out: other)
    let plot = "\(folder.path)/backtest.svg"
    let result = try run(
      ["evaluate", model, table, "--json", "--against", other, "--conformal", "--level", "0.6", "--plot", plot])
    #expect(result.status == 0, "\(result.error)")
    let scores = try object(result.output)
    let baselines = try #require(scores["baselines"] as? [String: [String: Any]])
    let models = try #require(scores["models"] as? [String: [String: Any]])
    #expect(baselines.keys.sorted() == ["drift", "exponential_smoothing", "last_value", "seasonal_naive"])
    #expect(models.keys.sorted() == [other])
    for method in [scores] + Array(baselines.values) + Array(models.values) {
      for key in ["mae", "rmse", "mse_scaled", "smape", "mase", "crps", "coverage", "interval_width"] {
        #expect((method[key] as? Double)?.isFinite == true, "\(key)")
      }
      #expect((method["verdict"] as? String)?.hasSuffix(".") == true)
    }
    // Eight steps are kept, so seven starts of two.
    #expect(scores["starts"] as? Int == 7 && scores["outcomes"] as? Int == 14)
    #expect(try String(contentsOfFile: plot, encoding: .utf8).contains("<polygon"))
    let shown = try run(["evaluate", model, table, "--chart"])
    for name in ["the model", "the last value", "drift", "seasonal naive", "exponential smoothing", "CRPS", "░"] {
      #expect(shown.output.contains(name), "\(shown.output)")
    }
    #expect(shown.output.split(separator: "\n").contains { $0.contains("7 starts are too few to tell") })
  }

  /// Models that took gaps otherwise, or read other covariates, are compared on the same steps; a table from a pipe can be
  /// read once.
  @Test func modelsThatReadATableOtherwise() throws {
    var text = "day,y,x\n"
    for day in 1...60 where day % 20 != 7 { text += "\(day),\(50 + day * 7 % 11),\(day % 3)\n" }
    let table = try folder.write(text.utf8, to: "gaps.csv")
    let (plain, more, days) = (model, "\(folder.path)/more", "\(folder.path)/days")
    let options = ["--time", "day", "--target", "y", "--horizon", "2", "--window", "5"] + Self.small
    for (out, own) in [(plain, ["--gaps", "ignore"]), (more, ["--features", "x"])] {
      let made = try run(["train", "forecaster", table, "--out", out] + options + own)
      #expect(made.status == 0, "\(made.error)")
    }
    for (first, second) in [(plain, more), (more, plain)] {
      let result = try run(["evaluate", first, table, "--against", second, "--json"])
      #expect(result.status == 0, "\(result.error)")
      let piped = try run(["evaluate", first, "-", "--against", second, "--json"], input: text)
      #expect(piped.status == 0 && piped.output == result.output, "\(piped.error)")
    }
    let dates = "day,y\n" + (1...28).map { "2021-02-\($0 < 10 ? "0" : "")\($0),\($0 % 5)\n" }.joined()
    let other = try folder.write(dates.utf8, to: "dates.csv")
    let made = try run(["train", "forecaster", other, "--out", days] + options)
    #expect(made.status == 0, "\(made.error)")
    let refused = try run(["evaluate", plain, table, "--against", days])
    #expect(refused.status == 1 && refused.error.contains("compare models of the same steps"), "\(refused.error)")
  }

  /// Statistics, weights and the choice of the epoch come from what lies before the test: changing the test changes
  /// none.
  @Test func theTestIsNotLookedAt() throws {
    let (one, other) = (
      try weeks(60) { 100 + Double($0 * 7 % 11) }, try weeks(60) { $0 < 48 ? 100 + Double($0 * 7 % 11) : 1e6 }
    )
    var models: [[[UInt8]]] = []
    for (index, table) in [one, other].enumerated() {
      let out = "\(folder.path)/model\(index)"
      let made = try run(
        [
          "train", "forecaster", table, "--out", out, "--time", "date", "--target", "stock_price", "--known",
          "num_search",
          "--horizon", "3", "--window", "6", "--hidden", "4", "--epochs", "3", "--test", "12", "--quiet",
        ])
      #expect(made.status == 0, "\(made.error)")
      models.append(
        try ["config.json", "model.safetensors", "training/examples.safetensors"].map {
          Array(try Data(contentsOf: URL(fileURLWithPath: "\(out)/\($0)")))
        })
    }
    #expect(models[0] == models[1])
  }

  @Test func aRandomWalkIsNotBeaten() throws {
    var (state, level) = (UInt64(17), 0.0)
    let table = try weeks(300) { _ in
      for _ in 0..<12 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        level += Double(state >> 11) / Double(1 << 53) - 0.5
      }
      return level
    }
    try train(
      table, "--time", "date", "--target", "stock_price", "--horizon", "3", "--window", "8", "--hidden", "16",
      "--steps", "400", "--quiet")
    let scores = try object(run(["evaluate", model, table, "--json"]).output)
    let verdict = try #require(scores["verdict"] as? String)
    #expect(verdict.hasPrefix("Nothing beats the last value:"), "\(verdict)")
  }

  /// A table with a week's rhythm, in which what happens on holidays is known in advance.
  @Test func defaultsLearnFromASmallTable() throws {
    try train(
      Self.bakery, "--time", "date", "--target", "loaves", "--known", "holiday", "--window", "14", "--horizon", "7",
      "--quiet")
    let scores = try object(run(["evaluate", model, Self.bakery, "--json"]).output)
    let baselines = try #require(scores["baselines"] as? [String: [String: Any]])
    for name in ["last_value", "drift"] {
      let verdict = try #require(baselines[name]?["verdict"] as? String)
      #expect(verdict.hasPrefix("The model beats"), "\(verdict)")
    }
    // A week ago there may have been a holiday, and none now: the mean squared error shows it.
    let seasonal = try #require(baselines["seasonal_naive"]?["rmse"] as? Double)
    #expect(try #require(scores["rmse"] as? Double) < seasonal)
    #expect(try #require(scores["coverage"] as? Double) > 0.6)
    let week = try run(["predict", model, Self.bakery, "--json"]).output.split(separator: "\n").map(object)
    #expect(week.map { $0["time"] as? String } == (8...14).map { "2024-07-\($0 < 10 ? "0" : "")\($0)" })
  }

  /// A run that ends, and goes on to a new end, has the bits of one that went there at once.
  @Test func aRunIsTakenUpAgain() throws {
    let table = try weeks(60) { 100 + Double($0 * 7 % 11) }
    func train(_ out: String, _ epochs: Int) throws {
      let made = try run(
        ["train", "forecaster", table, "--out", out, "--epochs", "\(epochs)", "--schedule", "constant"] + Self.stock
          + ["--hidden", "4", "--quiet"])
      #expect(made.status == 0, "\(made.error)")
    }
    let (whole, cut) = ("\(folder.path)/whole", "\(folder.path)/cut")
    try train(whole, 2)
    try train(cut, 1)
    let resumed = try run(["train", "forecaster", "--resume", "--out", cut, "--epochs", "2", "--quiet"])
    #expect(resumed.status == 0, "\(resumed.error)")
    #expect(try folder.read("cut/model.safetensors") == folder.read("whole/model.safetensors"))
    let nothing = try run(["train", "forecaster", table, "--resume", "--out", cut])
    #expect(nothing.status == 2 && nothing.error.contains("leave out"), "\(nothing.error)")
  }

  /// Closing prices of weekdays, a holiday among them: weekends are no gaps, forecasts pass over them, and intervals are
  /// as wide as the quantiles of the model allow.
  @Test func closingPrices() throws {
    var text = "day,close\n"
    for week in 0..<10 {
      for day in 0..<5 where (week, day) != (4, 2) {
        // Mondays from 3 May 2021 on.
        let date = 3 + 7 * week + day
        let (month, number) = date <= 31 ? (5, date) : date <= 61 ? (6, date - 31) : (7, date - 61)
        text += "2021-0\(month)-\(number < 10 ? "0" : "")\(number),\(100 + (week * 5 + day) * 7 % 13)\n"
      }
    }
    let table = try folder.write(text.utf8, to: "prices.csv")
    let made = try run(
      [
        "train", "forecaster", table, "--time", "day", "--out", model, "--horizon", "3", "--window", "5", "--hidden",
        "4",
        "--distribution", "quantile:0.1,0.5,0.9", "--epochs", "1", "--transform", "log",
      ])
    #expect(made.status == 0 && made.error.contains("1 step is not there, in 1 place"), "\(made.error)")
    #expect(made.error.contains("(weekday)"), "\(made.error)")
    let days = try run(["predict", model, table, "--json", "--level", "0.8"]).output.split(separator: "\n").map(object)
    // The last price is of Friday, 9 July.
    #expect(days.map { $0["time"] as? String } == ["2021-07-12", "2021-07-13", "2021-07-14"])
    #expect(days.allSatisfy { $0["lower"] as? Double ?? 0 > 50 && $0["upper"] as? Double ?? 999 < 200 })
    let wide = try run(["predict", model, table])
    #expect(wide.status == 2 && wide.error.contains("knows quantiles for 0.800 at most"), "\(wide.error)")
  }

  @Test func manySeriesAndWhatIsKnown() throws {
    var text = "day,shop,sold,sale\n"
    for day in 1...50 {
      for shop in ["north", "south"] {
        let sale = day % 6 == 0 ? 1 : 0
        let sold = day > 46 ? "" : "\((shop == "north" ? 3 : 300) + day % 6 + 4 * sale)"
        text += "\(day),\(shop),\(sold),\(sale)\n"
      }
    }
    let table = try folder.write(text.utf8, to: "shops.csv")
    try train(
      table, "--time", "day", "--target", "sold", "--series", "shop", "--known", "sale", "--horizon", "4", "--window",
      "6", "--model", "autoregressive", "--distribution", "negative-binomial", "--hidden", "4", "--steps", "5",
      "--quiet")
    let plot = "\(folder.path)/shops.svg"
    let lines = try run(["predict", model, table, "--json", "--samples", "20", "--plot", plot]).output
      .split(separator: "\n").map(object)
    #expect(
      lines.map { $0["series"] as? String } == Array(repeating: "north", count: 4) + Array(repeating: "south", count: 4)
    )
    #expect(lines.map { $0["time"] as? String } == ["47", "48", "49", "50", "47", "48", "49", "50"])
    #expect(folder.names.contains("shops-north.svg") && folder.names.contains("shops-south.svg"))
    let longer = try run(["predict", model, table, "--horizon", "5"])
    #expect(longer.status == 1 && longer.error.contains("'sale' is needed for step 5"), "\(longer.error)")
    #expect(try run(["evaluate", model, table, "--samples", "10", "--stride", "3", "--json"]).status == 0)
  }

  @Test func whatCannotBeDoneIsSaid() throws {
    let table = try weeks(30) { 100 + Double($0) }
    let tables = [
      ("", "no text"), ("date,stock_price\n", "no rows"), ("date,stock_price\n2021.3.21,5\n", "--test"),
      ("date,stock_price\nsoon,5\n", "no time"), ("date,stock_price\n2021.3.21,many\n", "not a number"),
      ("date,stock_price\n2021.3.21,5\n2021.3.21,6\n", "--duplicates"),
      ("date,other\n2021.3.21,5\n", "no column 'stock_price'"),
    ]
    for (text, message) in tables {
      let path = try folder.write(text.utf8, to: "bad.csv")
      let result = try run(
        ["train", "forecaster", path, "--time", "date", "--target", "stock_price", "--out", model] + Self.small)
      #expect(result.status == 1 && result.error.contains(message), "\(text): \(result.error)")
      #expect(!FileManager.default.fileExists(atPath: model))
    }
    for (options, message) in [
      (["--horizon", "40"], "--horizon"), (["--horizon", "0"], "--horizon is 0"), (["--window", "-1"], "window"),
      (["--test", "1.5"], "--test is 1.5"), (["--calendar", "moon"], "--calendar is moon"),
      (["--distribution", "quantile:0.9,0.1"], "quantile:0.9,0.1"),
      (["--difference", "--scaling", "mean"], "--scaling"),
      (["--distribution", "negative-binomial", "--transform", "log"], "--transform"),
    ] {
      let result = try run(
        ["train", "forecaster", table, "--time", "date", "--target", "stock_price", "--out", model] + options)
      #expect(result.status != 0 && result.error.contains(message), "\(options): \(result.error)")
    }
    try train(
      table, "--time", "date", "--target", "stock_price", "--horizon", "3", "--hidden", "4", "--steps", "2", "--quiet")
    let asked: [([String], String)] = [
      (["predict", model, table, "--horizon", "9"], "--horizon is 9"),
      (["predict", model, table, "--tokens"], "--tokens"),
      (["predict", model, table, "--level", "1"], "--level is 1"),
      (["predict", model, table, "--text", "x"], "--text"),
      (["evaluate", model, table, "--streams", "2"], "--streams"),
      (["evaluate", model, table, "--stride", "0"], "--stride"),
      (["generate", model], "holds a forecaster"),
    ]
    for (arguments, message) in asked {
      let result = try run(arguments)
      #expect(result.status != 0 && result.error.contains(message), "\(arguments): \(result.error)")
    }
    let old = try weeks(20) { 100 + Double($0) }
    let nothing = try run(["evaluate", model, old])
    #expect(nothing.status == 1 && nothing.error.contains("no forecast to check after"), "\(nothing.error)")
  }
}

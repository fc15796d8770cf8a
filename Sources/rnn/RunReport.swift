import Recurrent

/// What there is to say of a model and the run that made it.
struct RunReport {
  private let folder: ModelFolder
  private let task: ModelTask
  private let runs: [RunRecord]
  private let metrics: [MetricsRecord]

  /// - Throws: `ModelFileError` where the folder holds no model.
  init(_ folder: ModelFolder) throws {
    self.folder = folder
    task = try folder.task()
    runs = folder.runRecords()
    metrics = folder.metricsRecords()
  }

  /// - Parameter evaluation: what `rnn evaluate` is to be told; empty for no evaluation.
  func document(evaluation: [String]) throws -> ReportDocument {
    var document = ReportDocument(title: "\(task.rawValue): \(folder.path)")
    document.paragraph(try summary())
    addData(&document)
    try addSettings(&document)
    addCourse(&document)
    try addResults(&document, evaluation)
    addRepetition(&document)
    return document
  }

  private func summary() throws -> String {
    let file = try SafetensorsFile(reading: folder.parameters)
    let count = try file.names.reduce(0) { try $0 + file.shape($1).reduce(1, *) }
    var text = "A \(task.rawValue) of \(grouped(count)) parameters."
    if let last = metrics.last {
      text +=
        " Trained for \(fixed(last.epoch, 1)) epochs, \(grouped(last.step)) updates, in "
        + (last.seconds < 120 ? "\(fixed(last.seconds, 0)) seconds." : "\(fixed(last.seconds / 60, 1)) minutes.")
    }
    if let best {
      text += " The model that is kept is that of epoch \(fixed(best.epoch, 1))"
      if let loss = best.validationLoss { text += ", with a validation loss of \(fixed(loss, 4))" }
      if let score = best.validationScore { text += " and a score of \(fixed(score, 4))" }
      text += "."
    }
    return text
  }

  private var validations: [MetricsRecord] { metrics.filter { $0.validationLoss != nil } }

  /// By its score, then by its loss; the first of several.
  private var best: MetricsRecord? {
    func value(_ record: MetricsRecord) -> (Double, Double) {
      (record.validationScore ?? 0, -(record.validationLoss ?? .infinity))
    }
    return validations.reduce(nil) { best, record in best.map { value(record) > value($0) } ?? true ? record : best }
  }

  private func addData(_ document: inout ReportDocument) {
    let files = runs.flatMap(\.data)
    guard !files.isEmpty else { return }
    document.section("Data")
    document.table(
      ["file", "bytes"],
      files.map { file in
        [file.path == "-" ? "standard input" : file.path, file.bytes.map(grouped) ?? ""]
      })
  }

  private func addSettings(_ document: inout ReportDocument) throws {
    // Labels and words are results of the data, and can be very many; a value that is an array is cut.
    document.section("Model")
    document.properties(
      try SettingsTable.rows(MappedFile(folder.configuration).contents))
    guard folder.hasRun else { return }
    document.section("Training")
    document.properties(try SettingsTable.rows(MappedFile(folder.options).contents))
  }

  private func addCourse(_ document: inout ReportDocument) {
    guard metrics.contains(where: { $0.trainingLoss != nil }) else { return }
    document.section("Course of training")
    document.blocks.append(
      .picture(
        name: "loss.svg", svg: TrainingCurves.loss(metrics).svg(),
        caption: "Training loss (of single updates, and their moving mean) and validation loss"))
    if let gradients = TrainingCurves.gradientNorm(metrics) {
      document.blocks.append(
        .picture(name: "gradient.svg", svg: gradients.svg(), caption: "Norm of the gradient before clipping"))
    }
    var (earlier, rows) = (0, [[String]]())
    for record in validations {
      let losses = metrics.filter { $0.step > earlier && $0.step <= record.step }.compactMap(\.trainingLoss)
      earlier = record.step
      rows.append([
        fixed(record.epoch, 2), grouped(record.step), clockTime(record.seconds),
        losses.isEmpty ? "" : fixed(losses.reduce(0, +) / Double(losses.count), 4),
        record.validationLoss.map { fixed($0, 4) } ?? "", record.validationScore.map { fixed($0, 4) } ?? "",
        record == best ? "kept" : "",
      ])
    }
    guard !rows.isEmpty else { return }
    document.table(["epoch", "update", "time", "training loss", "validation loss", "score", ""], rows)
  }

  // MARK: Results

  private func addResults(_ document: inout ReportDocument, _ evaluation: [String]) throws {
    var commands = try samples()
    if !evaluation.isEmpty {
      commands.append(["evaluate", folder.path] + evaluation)
      // The answers to the data themselves, where it is one file.
      if let file = evaluation.first, !file.hasPrefix("-"), task != .languageModel {
        commands.append(["predict", folder.path] + evaluation.prefix(1))
      }
    }
    guard !commands.isEmpty else { return }
    document.section("Results")
    for command in commands {
      let output = try StandardOutput.captured {
        var parsed = try RNN.parseAsRoot(command)
        try parsed.run()
      }
      document.blocks.append(.run(command: ["rnn"] + command, output: Self.shortened(output)))
    }
  }

  /// What a model of text writes without being asked anything.
  private func samples() throws -> [[String]] {
    guard task == .languageModel else { return [] }
    if let column = try folder.condition()?.columns.first, try folder.condition()?.columns.count == 1,
      case .labels(_, let labels) = column
    {
      return labels.prefix(3).map { ["generate", folder.path, "--condition", $0, "--length", "100", "--seed", "1"] }
    }
    guard try folder.condition() == nil else { return [] }
    return ["0.5", "0.8", "1"].map {
      ["generate", folder.path, "--length", "400", "--temperature", $0, "--seed", "1"]
    }
  }

  private static let mostLines = 40

  private static func shortened(_ text: String) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.count > mostLines + 1 else { return text }
    return lines.prefix(mostLines).joined(separator: "\n") + "\n… and \(grouped(lines.count - mostLines)) more lines\n"
  }

  // MARK: Repetition

  private func addRepetition(_ document: inout ReportDocument) {
    document.section("To repeat it")
    guard let last = runs.last else {
      return document.paragraph("The folder does not say by which commands it was made.")
    }
    document.properties([
      ("rnn", last.version), ("date", last.date), ("processor", last.environment.processor),
      ("threads", "\(last.environment.threads) of \(last.environment.processors) processors"),
      ("kernels", last.environment.kernels), ("system", last.environment.system),
    ])
    document.paragraph(
      "The same commands on the same data give the same bits on processors with fused multiply-add, whatever the number of "
        + "threads. A folder that is there is not trained again.")
    document.blocks.append(
      .commands(
        runs.enumerated().map { index, run in
          let command = ShellText.command(run.command)
          return index == 0 ? "[ -e \(ShellText.command([folder.path])) ] || \(command)" : "# then: \(command)"
        }))
  }
}

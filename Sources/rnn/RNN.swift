import ArgumentParser
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

struct RNN: ParsableCommand {
  static let version = "0.1.0"
  static let configuration = CommandConfiguration(
    commandName: "rnn",
    abstract: "Recurrent neural networks for language and other sequences.",
    discussion: """
      Train a model of any text, and let it write:

        rnn train lm shakespeare.txt --out models/bard
        rnn generate models/bard --prompt "ROMEO:" --length 500

      Put whole texts, or sequences of numbers, into classes:

        rnn train classifier messages.tsv --text SMS --label Label --out models/spam
        rnn predict models/spam inbox.txt --explain

      Find names in sentences, or any tag for each word:

        rnn train tagger train.conll --validation dev.conll --out models/names
        echo "Ana vive en Buenos Aires." | rnn predict models/names -

      Write one text from another: translations, answers, pronunciations:

        rnn train seq2seq pairs.tsv --out models/chat
        rnn chat models/chat

      Forecast time series, with intervals, and hear whether that beats carrying the last value forward:

        rnn train forecaster stock.csv --time date --target price --window 5 --horizon 4 --out models/stock
        rnn predict models/stock stock.csv --plot forecast.svg
        rnn evaluate models/stock stock.csv

      A model is a folder. Results go to standard output, everything else to standard error. Exit codes: 0 for success, \
      1 for failure, 2 for wrong usage, 130 and 143 after Ctrl-C and SIGTERM.

      The environment variable RECURRENT_KERNELS forces an instruction set: avx512bf16, avx512, avx2, neon or portable.
      """,
    version: version,
    subcommands: [
      Train.self, Evaluate.self, Predict.self, Generate.self, Chat.self, Score.self, Inspect.self, Lab.self,
      Report.self, Quantize.self, Bench.self,
    ])
}

/// Runs the program with the exit codes that its help states.
@main
enum Main {
  static func main() {
    signal(SIGPIPE, SIG_IGN)
    if let refused = Kernels.refused {
      StandardError.line(
        "Error: RECURRENT_KERNELS is '\(refused)', which this machine cannot run; it can run "
          + Kernels.available.joined(separator: ", "))
      exit(2)
    }
    do {
      var command = try RNN.parseAsRoot()
      try command.run()
      StandardOutput.flush()
    } catch {
      StandardOutput.flush()
      let code = RNN.exitCode(for: error)
      if let signal = error as? EndedBySignal { exit(128 + signal.number) }
      let message = RNN.fullMessage(for: error)
      if code.isSuccess {
        StandardOutput.line(message)
        StandardOutput.flush()
        exit(0)
      }
      StandardError.line(message)
      exit(code == .validationFailure ? 2 : 1)
    }
  }
}

# How log lines look: those of Logger, and the report of an error that ended an invocation.

require 'json'
require 'logger'

module Hearth
  module Log
    class << self
      # Of the event that is being served; nil during initialization.
      attr_accessor :request_id

      def install
        descriptor = ENV.delete('_LAMBDA_TELEMETRY_LOG_FD')
        @frames = IO.for_fd(descriptor.to_i, 'wb', autoclose: false).tap { |io| io.sync = true } if descriptor
        Logger.prepend(ToConsole)
      end

      # An event of several lines goes as one (see log_pipe.h of the server), where that is possible.
      def frame(event)
        return false unless @frames && event.chomp.include?("\n")

        message = event.chomp.b
        @frames.write([0xa55a0003, message.bytesize, (Time.now.to_r * 1_000_000).to_i].pack('L>L>Q>') + message)
        true
      end

      def json?
        ENV['AWS_LAMBDA_LOG_FORMAT'] == 'JSON'
      end

      def error(what, failure)
        return puts(JSON.generate(json_line('ERROR', what).merge(failure.to_h))) if json?

        puts what
        # A carriage return keeps the lines in one event.
        puts JSON.pretty_generate(failure.to_h).gsub("\n", "\r")
      end

      def json_line(level, message, time = Time.now)
        { timestamp: time.utc.strftime('%Y-%m-%dT%H:%M:%S.%LZ'), level: level, message: message, requestId: request_id }.compact
      end
    end

    class TextFormatter < Logger::Formatter
      def call(severity, time, progname, msg)
        format("%s, [%s #%d] %5s %s -- %s: %s\n", severity[0], format_datetime(time), Process.pid, severity, Log.request_id,
               progname, msg2str(msg))
      end
    end

    class JsonFormatter < Logger::Formatter
      def call(severity, time, progname, msg)
        line = Log.json_line(severity, msg.is_a?(Exception) ? msg.message : msg2str(msg), time)
        line[:logger] = progname if progname
        if msg.is_a?(Exception)
          line.update(errorType: msg.class.to_s, errorMessage: msg.message, stackTrace: msg.backtrace || [])
        end
        "#{JSON.generate(line)}\n"
      end
    end

    # What Logger writes to in place of a console.
    Console = Struct.new(:io) do
      def write(event)
        io.write(event) unless Log.frame(event)
      end

      def close; end
    end

    # Loggers that write to the console, or to nothing in particular, write as the service's log has it.
    module ToConsole
      LEVELS = { 'TRACE' => :debug, 'DEBUG' => :debug, 'INFO' => :info, 'WARN' => :warn, 'ERROR' => :error,
                 'FATAL' => :fatal }.freeze

      def initialize(device, *arguments, **options)
        console = device.nil? || device == $stdout || device == $stderr
        level = LEVELS[ENV['AWS_LAMBDA_LOG_LEVEL']]
        options[:level] ||= level if console && level
        super(console ? Console.new(device || $stdout) : device, *arguments, **options)
        return unless console

        @default_formatter = Log.json? ? JsonFormatter.new : TextFormatter.new
      end
    end
  end
end

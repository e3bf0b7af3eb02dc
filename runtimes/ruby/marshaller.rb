# How events and answers are read and written. Functions may replace both methods: the names are the official ones.

require 'json'
require 'stringio'

module AwsLambda
  class Marshaller
    class << self
      def marshall_request(raw_request)
        raw_request['Content-Type'] == 'application/json' ? JSON.parse(raw_request.body) : raw_request.body
      end

      # JSON, or something to read bytes from and their type.
      def marshall_response(method_response)
        case method_response
        when StringIO, IO then [method_response, 'application/unknown']
        else method_response.to_json
        end
      end
    end
  end
end
